import { busyLockTimeoutMs } from "../system/limits.ts";
import { UserError } from "../system/user-error.ts";
import type { Machine } from "./machine.ts";

/**
 * Runs what changes long-term keys, or the stores that they rest in: one process at a time.
 *
 * @throws UserError when another process is at it
 */
export async function withKeysLock<T>(machine: Machine, work: () => Promise<T>): Promise<T> {
  const lock = await machine.lock("keys", machine.clock.monotonic() + busyLockTimeoutMs);
  if (lock === undefined) {
    throw new UserError("another aws-as is changing keys or stores at the moment", {
      hints: ["let it end, perhaps it asks something on another terminal, and try again"],
    });
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
