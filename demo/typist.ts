import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { type Pty, startPty } from "../test/support/pty.ts";

/** Who answers what a command asks: when this is on the terminal, that is typed. */
export interface Reply {
  readonly question: RegExp;
  readonly type: () => string;
}

/** What a command did. */
export interface Outcome {
  readonly status: number;
  /** What was on the terminal below the command, as it came. */
  readonly raw: string;
  /** The same in plain characters. */
  readonly text: string;
}

/** A real shell on a real terminal, with somebody who types. */
export interface Typist {
  /** `bash` or `sh`. */
  readonly shell: string;
  run(command: string, replies?: readonly Reply[]): Promise<Outcome>;
  close(): Promise<void>;
}

// The shell itself puts the status of the command before into its prompt.
const prompt = /demo\[(\d+)\]> $/;

/** Opens the shell, and waits until it is ready. */
export async function openTypist(env: Readonly<Record<string, string>>, cwd: string): Promise<Typist> {
  const shell = isThere("bash", env) ? "bash" : "sh";
  // Without line editing nothing but the characters that were typed is echoed.
  const args = shell === "bash" ? ["--noprofile", "--norc", "--noediting", "-i"] : ["-i"];
  const pty = startPty(shell, args, {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell fills it in
    env: { ...env, PS1: "demo[${?}]> ", HISTFILE: "/dev/null" },
    cwd,
  });
  // Before the home folder goes, so that nobody writes into it any more.
  process.prependOnceListener("exit", () => pty.kill("SIGKILL"));
  await pty.waitFor(prompt);
  return { shell, run: (command, replies = []) => run(pty, command, replies), close: () => pty.close() };
}

async function run(pty: Pty, command: string, replies: readonly Reply[]): Promise<Outcome> {
  const before = pty.rawOutput().length;
  pty.type(`${command}\r`);
  await pty.waitFor("\n");
  for (const { question, type } of replies) {
    await pty.waitFor(question);
    pty.type(`${type()}\r`);
  }
  const status = Number(prompt.exec(await pty.waitFor(prompt))?.[1]);
  const seen = pty.rawOutput().slice(before).replaceAll("\r", "");
  const raw = seen
    .slice(seen.indexOf("\n") + 1)
    .replace(prompt, "")
    .trimEnd();
  return { status, raw, text: stripVTControlCharacters(raw) };
}

/** True when the shell is found and runs. */
export function isThere(shell: string, env: Readonly<Record<string, string>>): boolean {
  return spawnSync(shell, ["-c", ":"], { env, stdio: "ignore" }).status === 0;
}
