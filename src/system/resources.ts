import { freemem } from "node:os";

/** Bytes of memory that this process may still hope for: what is free, in a container at most what that is allowed. */
export function availableMemory(): number {
  // 0 or more than any machine has where nothing is limited; absent in the first releases of Node 20.
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(freemem(), limit) : freemem();
}

/** Milliseconds of processor time that this process has used, on all its threads; what others do does not count. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
