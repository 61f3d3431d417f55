import type { Clock } from "../clock.ts";
import { callerPid } from "./parent-program.ts";

/** Read when this file is loaded, which is before a lock is waited for: who dies over that wait is noticed as well. */
const parent = process.ppid;
const caller = callerPid();

/**
 * Resolves about a second after the process that started us has gone; rejects when aborted.
 *
 * A parent is gone when the kernel gave us another one. Windows never does, so there this waits for ever. Where `sh -c`
 * stands between the caller and us (dash, with Go's SDKs), that shell outlives the caller and waits for us: on Linux, the
 * shell's own parent is watched as well.
 */
export async function parentGone(clock: Clock, signal: AbortSignal): Promise<void> {
  while (process.ppid === parent && callerPid() === caller) await clock.sleep(1000, signal);
}
