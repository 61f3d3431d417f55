import { spawn } from "node:child_process";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/**
 * Runs on the Node.js of Windows, under wine: starts what the test asks for, with pipes as Windows makes them (those that a
 * Linux program hands to wine are none to libuv). It connects to the test, gets one order a line and answers so.
 */
export interface Order {
  readonly id: number;
  readonly program: string;
  readonly words: readonly string[];
  /** The words go as they are, as cmd.exe wants them. */
  readonly verbatim?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

export interface Answer {
  readonly id: number;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const test = connect(Number(process.argv[2]), "127.0.0.1");
createInterface({ input: test }).on("line", (line) => obey(JSON.parse(line) as Order));
test.on("close", () => process.exit());

function obey({ id, program, words, verbatim = false, env = {}, cwd, input }: Order): void {
  const child = spawn(program, words, {
    env: { ...process.env, ...env },
    windowsVerbatimArguments: verbatim,
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const answer = (status: number | null) => test.write(`${JSON.stringify({ id, status, stdout, stderr })}\n`);
  child.on("error", (error) => {
    stderr += error.message;
    answer(null);
  });
  child.on("close", (status) => answer(status));
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
}
