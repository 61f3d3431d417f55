/**
 * Runs `work` with those process warnings left out whose text holds `part`. For libraries that write advice for
 * their own users on standard error, where ours would read it as a failure. Only what happens before `work` returns
 * is covered.
 */
export function withoutWarning<T>(part: string, work: () => T): T {
  const original = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes(part)) Reflect.apply(original, process, [warning, ...rest]);
  };
  try {
    return work();
  } finally {
    process.emitWarning = original;
  }
}
