import type { Clock } from "./clock.ts";

/** Read when the program starts: a parent that dies before anybody asks is noticed as well. */
const parent = process.ppid;

/**
 * Resolves about a second after the process that started us has gone; rejects when aborted.
 *
 * A parent is gone when the kernel gave us another one. Windows never does, so there this waits for ever.
 * Where `sh -c` stands between the caller and us (dash, with Go's SDKs), the shell outlives the caller; the
 * terminal's foreground group tells of that case.
 */
export async function parentGone(clock: Clock, signal: AbortSignal): Promise<void> {
  while (process.ppid === parent) await clock.sleep(1000, signal);
}
