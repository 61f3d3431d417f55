import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, openSync, writeSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../environment.ts";
import { printable } from "../printable.ts";
import { endTree } from "./process-tree.ts";
import { onInterruption } from "./signals.ts";

export interface ChildSpec {
  /** Found on the PATH and started with `words` as they are. */
  readonly program: string;
  readonly words: readonly string[];
  /** Windows: the words go without Node's quoting, which is for programs that split them by the rules of C. */
  readonly verbatim?: boolean | undefined;
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Text for standard input; absent: nothing to read. */
  readonly input?: string | undefined;
  /** Does not close standard input after the text: some programs take its end for a wish to stop. */
  readonly inputStaysOpen?: boolean | undefined;
  /** Descriptors (0, 1, 2) that are the terminal. It must be ours to use: we are in its foreground. */
  readonly onTerminal?: readonly (0 | 1 | 2)[] | undefined;
  /** A line that the terminal shows before the program starts. */
  readonly preface?: string | undefined;
  /** Stays in our process group, as if our caller had started it: job control and Ctrl-C reach it. */
  readonly inOurGroup?: boolean | undefined;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Bytes of standard output that are taken; a child that prints more is stopped. */
  readonly outputLimit: number;
  /** Characters of standard error that are kept. */
  readonly complaintLimit: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with all of standard error so far, whenever there is more. */
  readonly onComplaint?: ((complaint: string) => void) | undefined;
  /** Called before a child is stopped, for what would outlive it. */
  readonly onStop?: (() => void) | undefined;
}

/** How a child ended. `complaint` is what it wrote on standard error, when that was captured. */
export type ChildResult =
  | { readonly kind: "exited"; readonly status: number; readonly output: string; readonly complaint: string }
  | { readonly kind: "killed"; readonly by: string; readonly complaint: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "too-long" }
  | { readonly kind: "not-started"; readonly because: string };

const isWindows = process.platform === "win32";

/** Milliseconds between the exit of the command and the end of its output, for what is still in the pipe. */
const drainTimeMs = 200;

/**
 * Runs a child until it ends. It is stopped, with all that it started, on Ctrl-C, on the signal, when its time is up and
 * when it prints too much. Never rejects.
 *
 * Unless `inOurGroup`, it leads a session of its own: so all that it started can be ended with it, it cannot read the
 * terminal (which in a background job would stop the user's whole job), and Ctrl-C reaches it through us only. A
 * terminal that it is given it can read all the same: no job control stops a reader in another session.
 * It never gets one of our own streams, whose reader would wait for it.
 */
export async function runChild(spec: ChildSpec): Promise<ChildResult> {
  let child: ChildProcess;
  try {
    child = start(spec);
  } catch (error) {
    return { kind: "not-started", because: error instanceof Error ? error.message : String(error) };
  }
  // A program that ends early breaks the pipe; its exit status tells more.
  child.stdin?.on("error", () => undefined);
  if (spec.inputStaysOpen) child.stdin?.write(spec.input ?? "");
  else child.stdin?.end(spec.input);
  return await resultOf(child, spec);
}

function start({ onTerminal = [], ...spec }: ChildSpec): ChildProcess {
  const opened: number[] = [];
  const open = (path: string): number => {
    const device = openSync(path, "r+");
    opened.push(device);
    return device;
  };
  const stdio: ("ignore" | "pipe" | number)[] = [
    spec.input === undefined ? "ignore" : "pipe",
    "pipe",
    "pipe",
  ];
  try {
    if (onTerminal.length > 0) {
      const input = open(isWindows ? "\\\\.\\CONIN$" : "/dev/tty");
      const output = isWindows ? open("\\\\.\\CONOUT$") : input;
      for (const stream of onTerminal) stdio[stream] = stream === 0 ? input : output;
      if (spec.preface !== undefined) writeSync(output, `${printable(spec.preface)}\n`);
    }
    return spawn(spec.program, spec.words, {
      detached: !spec.inOurGroup && !isWindows,
      windowsHide: onTerminal.length === 0,
      windowsVerbatimArguments: spec.verbatim ?? false,
      stdio,
      env: spec.environment,
    });
  } finally {
    for (const device of opened) closeSync(device);
  }
}

function resultOf(child: ChildProcess, spec: ChildSpec): Promise<ChildResult> {
  const output: Buffer[] = [];
  let outputLength = 0;
  let complaint = "";
  return new Promise((resolve) => {
    const finish = (result: ChildResult | Promise<ChildResult>) => {
      clearTimeout(timer);
      offInterruption();
      spec.signal?.removeEventListener("abort", cancel);
      child.stdin?.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(result);
    };
    const stop = (result: ChildResult) => {
      spec.onStop?.();
      finish(end(child, spec).then(() => result));
    };
    const cancel = () => stop({ kind: "cancelled" });
    const timer = setTimeout(() => stop({ kind: "timed-out" }), spec.timeLimit);
    const offInterruption = onInterruption(cancel);
    if (spec.signal?.aborted) return cancel();
    spec.signal?.addEventListener("abort", cancel);

    child.stdout?.on("data", (chunk: Buffer) => {
      output.push(chunk);
      outputLength += chunk.length;
      if (outputLength > spec.outputLimit) stop({ kind: "too-long" });
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(0, spec.complaintLimit);
      spec.onComplaint?.(complaint);
    });
    child.on("error", (error) => finish({ kind: "not-started", because: error.message }));
    const done = (status: number | null, by: string | null) => {
      // Ctrl-C reaches both, and the child's end can be seen before our own signal.
      if (by === "SIGINT" && spec.inOurGroup) return finish({ kind: "cancelled" });
      return finish(
        status === null
          ? { kind: "killed", by: by ?? "a signal", complaint }
          : { kind: "exited", status, output: Buffer.concat(output).toString("utf8"), complaint },
      );
    };
    // "close" waits for all that holds the pipes; a daemon that the command left behind would be waited for.
    child.on("close", done);
    child.on("exit", (status, by) => setTimeout(done, drainTimeMs, status, by).unref());
  });
}

/** Ends the child and all that it started: SIGKILL to its group; in our own group, one process after the other. */
async function end({ pid }: ChildProcess, { inOurGroup }: ChildSpec): Promise<void> {
  if (pid === undefined) return;
  try {
    if (isWindows) {
      spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore", windowsHide: true });
    } else if (inOurGroup) {
      await endTree(pid);
    } else {
      process.kill(-pid, "SIGKILL");
    }
  } catch {
    // All of it has ended already.
  }
}

/**
 * What went wrong, in words that follow the command's name; undefined for status 0.
 *
 * @param timeLimit milliseconds
 * @param expected what it should have printed, for one that printed too much
 */
export function failureOf(result: ChildResult, timeLimit: number, expected: string): string | undefined {
  switch (result.kind) {
    case "exited":
      return result.status === 0 ? undefined : `failed with exit status ${result.status}`;
    case "killed":
      return `was ended by ${result.by}`;
    case "timed-out":
      return `did not end within ${Math.round(timeLimit / 1000)} s`;
    case "too-long":
      return `printed far more than ${expected}`;
    case "not-started":
      return `could not be started: ${result.because}`;
    case "cancelled":
      return "was cancelled";
  }
}

/** Whether a program of this name would be found. */
export function isOnPath(program: string, environment: Environment): boolean {
  return placesOnPath(program, environment).length > 0;
}

/** The programs of this name on the PATH, the one that is found first. */
export function placesOnPath(program: string, environment: Environment): string[] {
  const folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter);
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, program))
    .filter((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** As Ctrl-C would, for a process that is not in our group; one that is gone is no error. */
export function interrupt(pid: number): void {
  // 0, 1 and negative numbers mean groups, init and everybody.
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // Ended at this moment, or not ours to end.
  }
}
