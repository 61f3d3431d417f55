import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync } from "node:fs";
import { childEnvironment } from "./child-environment.ts";
import type { Environment } from "./environment.ts";
import { onInterruption } from "./interruption.ts";
import { openTerminalForChild } from "./terminal-device.ts";

export interface CommandOptions {
  /** The caller's environment; the child gets it without credentials, see `childEnvironment`. */
  readonly environment: Environment;
  /** Further variables for the child. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeLimit: number;
  readonly signal?: AbortSignal;
}

/** How a configured command ended. `complaint` is what it said on standard error, when that was captured. */
export type CommandResult =
  | { readonly kind: "exited"; readonly status: number; readonly output: string; readonly complaint: string }
  | { readonly kind: "killed"; readonly by: string; readonly complaint: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "too-long" }
  | { readonly kind: "not-started"; readonly because: string };

/** Runs a command line as the system's shell reads it. Never rejects. */
export type RunCommand = (command: string, options: CommandOptions) => Promise<CommandResult>;

/** Bytes of standard output that are taken; a code or a passphrase is far shorter. */
const outputLimit = 8 * 1024;

/** Bytes of standard error that are kept for a message. */
const complaintLimit = 1024;

/** Milliseconds between the exit of the command and the end of its output, for what is still in the pipe. */
const drainTime = 200;

/**
 * Runs a command by `sh -c`, on Windows by `cmd.exe /d /s /c`, as most callers of a credential_process do.
 *
 * The child leads a session of its own. So all it started can be ended with it, it cannot read the terminal
 * (which in a background job would stop the user's whole job), and Ctrl-C reaches it through us only. What it
 * says on standard error ("touch your YubiKey") goes to the terminal when we are in its foreground, else it
 * is kept for the error message. It never holds a stream of ours, whose reader would wait for it.
 */
export const runCommand: RunCommand = async (command, options) => {
  const terminal = process.platform === "win32" ? undefined : openTerminalForChild();
  let child: ChildProcess;
  try {
    child = spawn(command, {
      shell: true,
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: ["ignore", "pipe", terminal ?? "pipe"],
      env: { ...childEnvironment(options.environment), ...options.extra },
    });
  } catch (error) {
    return { kind: "not-started", because: error instanceof Error ? error.message : String(error) };
  } finally {
    if (terminal !== undefined) closeSync(terminal);
  }
  return await outcome(child, options);
};

function outcome(child: ChildProcess, options: CommandOptions): Promise<CommandResult> {
  const output: Buffer[] = [];
  let outputLength = 0;
  let complaint = "";
  return new Promise((resolve) => {
    const finish = (result: CommandResult) => {
      clearTimeout(timer);
      offInterruption();
      options.signal?.removeEventListener("abort", cancel);
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(result);
    };
    const stop = (result: CommandResult) => {
      killAll(child);
      finish(result);
    };
    const cancel = () => stop({ kind: "cancelled" });
    const timer = setTimeout(() => stop({ kind: "timed-out" }), options.timeLimit);
    const offInterruption = onInterruption(cancel);
    if (options.signal?.aborted) return cancel();
    options.signal?.addEventListener("abort", cancel);

    child.stdout?.on("data", (chunk: Buffer) => {
      output.push(chunk);
      outputLength += chunk.length;
      if (outputLength > outputLimit) stop({ kind: "too-long" });
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(0, complaintLimit);
    });
    child.on("error", (error) => finish({ kind: "not-started", because: error.message }));
    const done = (status: number | null, by: string | null) =>
      finish(
        status === null
          ? { kind: "killed", by: by ?? "a signal", complaint }
          : { kind: "exited", status, output: Buffer.concat(output).toString("utf8"), complaint },
      );
    // "close" waits for all that holds the pipes; a daemon that the command left behind would be waited for.
    child.on("close", done);
    child.on("exit", (status, by) => setTimeout(done, drainTime, status, by).unref());
  });
}

/** Ends the command and all it started: SIGKILL, because nothing of ours is in its hands. */
function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") {
      spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"], { stdio: "ignore", windowsHide: true });
    } else {
      process.kill(-child.pid, "SIGKILL");
    }
  } catch {
    // All of it has ended already.
  }
}
