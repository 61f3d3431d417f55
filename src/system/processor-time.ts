/** Milliseconds of processor time that this process has used, on all its threads; what others do does not count. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
