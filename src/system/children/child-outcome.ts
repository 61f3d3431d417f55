import { type ChildProcess, spawnSync } from "node:child_process";
import { onInterruption } from "./interruption.ts";

/** How a child ended. `complaint` is what it said on standard error, when that was captured. */
export type CommandResult =
  | { readonly kind: "exited"; readonly status: number; readonly output: string; readonly complaint: string }
  | { readonly kind: "killed"; readonly by: string; readonly complaint: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "too-long" }
  | { readonly kind: "not-started"; readonly because: string };

export interface OutcomeOptions {
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Bytes of standard output that are taken; a child that says more is stopped. */
  readonly outputLimit: number;
  /** Characters of standard error that are kept. */
  readonly complaintLimit: number;
  readonly signal?: AbortSignal;
  /** Told all that was said on standard error so far, whenever there is more. */
  readonly onComplaint?: (complaint: string) => void;
  /** Called before a child is stopped, for what would outlive it. */
  readonly onStop?: () => void;
  /** Stops a child that leads no group of its own; absent: its whole group is killed. */
  readonly stop?: (child: ChildProcess) => void;
}

/** Milliseconds between the exit of the command and the end of its output, for what is still in the pipe. */
const drainTime = 200;

/**
 * Waits for a child that leads a process group of its own, or brings its own `stop`. It is stopped, and all it started with it, on Ctrl-C, on the
 * signal, when its time is up and when it says too much. Never rejects.
 */
export function outcomeOf(child: ChildProcess, options: OutcomeOptions): Promise<CommandResult> {
  const output: Buffer[] = [];
  let outputLength = 0;
  let complaint = "";
  return new Promise((resolve) => {
    const finish = (result: CommandResult) => {
      clearTimeout(timer);
      offInterruption();
      options.signal?.removeEventListener("abort", cancel);
      child.stdin?.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(result);
    };
    const stop = (result: CommandResult) => {
      options.onStop?.();
      (options.stop ?? killAll)(child);
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
      if (outputLength > options.outputLimit) stop({ kind: "too-long" });
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(0, options.complaintLimit);
      options.onComplaint?.(complaint);
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
