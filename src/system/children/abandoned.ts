import type { Clock } from "../clock.ts";
import { callerPid } from "./parent-program.ts";
import { onInterruption } from "./signals.ts";

/** Read when this file is loaded, which is before a lock is waited for: a caller that dies over that wait is noticed as well. */
const parent = process.ppid;
const caller = callerPid();

/** Who does not want the answer any more: the person, by Ctrl-C; or the caller, who went away or ended us. */
export type AbandonedBy = "person" | "caller";

/** Calls back when the answer is no longer wanted; returns the function that stops watching. */
export type OnAbandoned = (clock: Clock, callback: (by: AbandonedBy) => void) => () => void;

/** By Ctrl-C and Ctrl-\\ it was the person; by SIGTERM, a terminal that hung up or a parent that has gone, the caller. */
export const onAbandoned: OnAbandoned = (clock, callback) => {
  const watching = new AbortController();
  const offInterruption = onInterruption((signal) =>
    callback(signal === "SIGINT" || signal === "SIGQUIT" ? "person" : "caller"),
  );
  parentGone(clock, watching.signal).then(
    () => callback("caller"),
    () => {},
  );
  return () => {
    offInterruption();
    watching.abort();
  };
};

/**
 * Whether the process that started us has gone since this file was loaded.
 *
 * A parent is gone when the kernel gave us another one. Windows never does, so there this is never true. Where `sh -c`
 * stands between the caller and us (dash, with Go's SDKs), that shell outlives the caller and waits for us: on Linux, the
 * shell's own parent is watched as well.
 */
export function callerIsGone(): boolean {
  return process.ppid !== parent || callerPid() !== caller;
}

/** Resolves about a second after the caller has gone; rejects when aborted. */
async function parentGone(clock: Clock, signal: AbortSignal): Promise<void> {
  while (!callerIsGone()) await clock.sleep(1000, signal);
}
