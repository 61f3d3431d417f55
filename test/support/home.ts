import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { awsFilesOfOne } from "./aws/world-of-one.ts";
import { cheapKeyFile, cheapPassphrase } from "./cheap-key-file.ts";

/** The built program, or the one that AWS_AS_TEST_PROGRAM names: the stand-alone executable. */
export const program =
  process.env["AWS_AS_TEST_PROGRAM"] || resolve(import.meta.dirname, "../../../dist/aws-as.cjs");

/** Whether that is the stand-alone executable. */
export const isStandalone = !program.endsWith(".cjs");

/** The words that start a program. */
export function started(path = program): [string, ...string[]] {
  return path.endsWith(".cjs") ? [process.execPath, path] : [path];
}

/** A call of the program, as `spawn`, `startPty` and their kin take it. */
export function programCall(...args: readonly string[]): [string, string[]] {
  const [command, ...words] = started();
  return [command, [...words, ...args]];
}

/** How a run of the program ended. */
export interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A file to run in place of the built one. */
  readonly program?: string;
  /** Text for standard input; absent: /dev/null. */
  readonly input?: string;
}

/** A person's home folder with AWS files, and the program run there as that person would. */
export interface Home {
  readonly path: string;
  /** The whole environment of the program. */
  readonly env: Record<string, string>;
  readonly configFile: string;
  readonly credentialsFile: string;
  config(): string;
  writeConfig(text: string): void;
  /** Runs the program with these arguments to its end. No terminal, so that nobody can be asked. */
  run(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Starts it, for whoever wants to kill it. */
  start(args: readonly string[], options?: RunOptions): ChildProcess;
  remove(): void;
}

export interface HomeOptions {
  /** Where STS and IAM are. */
  readonly url?: string;
  /** Absent: those of the ready world (world-of-one.ts). */
  readonly config?: string;
  readonly credentials?: string;
  /** Added to the environment; undefined takes one out. Absent: the file store with a passphrase. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The first run that saves something makes the store, at the cost that a person pays. Absent: a cheap one is there. */
  readonly newStore?: boolean;
}

/** Makes the home; `remove` must be called in the end. */
export function makeHome(options: HomeOptions = {}): Home {
  const path = mkdtempSync(join(tmpdir(), "aws-as-home-"));
  mkdirSync(join(path, ".aws"), { mode: 0o700 });
  const configFile = join(path, ".aws", "config");
  const credentialsFile = join(path, ".aws", "credentials");
  const files = awsFilesOfOne();
  writeFileSync(configFile, options.config ?? files.config, { mode: 0o600 });
  writeFileSync(credentialsFile, options.credentials ?? files.credentials, { mode: 0o600 });
  const env = Object.fromEntries(
    Object.entries({
      // Found by `sh`, `stty` and the shells that tests start.
      PATH: process.env["PATH"],
      HOME: path,
      // Shells and aws-cli show text by it.
      LC_ALL: "C.UTF-8",
      // No keychain here unless a test brings one.
      AWS_AS_STORE: "file",
      AWS_AS_PASSPHRASE: cheapPassphrase,
      // Nothing may look for instance metadata on a test machine.
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL: options.url,
      ...options.env,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  if (!options.newStore && env["AWS_AS_STORE"] === "file" && env["AWS_AS_PASSPHRASE"] === cheapPassphrase) {
    const store = join(path, ".aws", "aws-as", "store");
    mkdirSync(store, { recursive: true, mode: 0o700 });
    writeFileSync(join(store, "master-key.json"), cheapKeyFile, { mode: 0o600 });
  }

  const running = new Set<ChildProcess>();
  const start = (args: readonly string[], run: RunOptions = {}) => {
    const [command, ...words] = started(run.program);
    const child = spawn(command, [...words, ...args], {
      cwd: run.cwd ?? path,
      env: { ...env, ...run.env } as Record<string, string>,
      stdio: [run.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      // A session of its own has no terminal, whatever the tests were started from.
      detached: true,
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    if (run.input !== undefined) child.stdin?.end(run.input);
    return child;
  };
  return {
    path,
    env,
    configFile,
    credentialsFile,
    config: () => readFileSync(configFile, "utf8"),
    writeConfig: (text) => writeFileSync(configFile, text),
    start,
    run: async (args, run) => ended(start(args, run)),
    remove: () => {
      for (const child of running) child.kill("SIGKILL");
      // A program that is just ending may still write there.
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Waits for a child's end and gives all that it said. */
export async function ended(child: ChildProcess): Promise<Run> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { status, signal, stdout, stderr };
}
