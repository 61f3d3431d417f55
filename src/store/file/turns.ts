import { join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import { lockFile } from "../../system/files/lock.ts";

/** How many processes work at once. */
const places = 2;

/** Milliseconds after which a process no longer waits for the others, as one of them may be stopped (Ctrl-Z). */
const masterKeyTurnTimeoutMs = 30_000;

/**
 * Does work that takes much memory while at most one other process does the same: opening the master key takes
 * 128 MiB, so that fifty callers at once would take 6 GB. The places are locked files in the folder; where nothing can
 * be locked the work is done at once.
 */
export async function inTurn<T>(folder: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const until = clock.now() + masterKeyTurnTimeoutMs;
  for (let place = Math.floor(Math.random() * places); ; place = (place + 1) % places) {
    const lock = await lockFile(join(folder, `.turn-${place}`), { clock, deadline: clock.now() });
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (clock.now() >= until) return await work();
    await clock.sleep(10 + Math.random() * 20);
  }
}
