import { outlastTimeoutMs } from "../limits.ts";

const interrupting = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const;

/**
 * Calls back on Ctrl-C, Ctrl-\\, SIGTERM and a terminal's hang-up, which then do not end the process. The returned
 * function gives these signals their usual meaning back.
 */
export function onInterruption(callback: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of interrupting) process.on(signal, callback);
  return () => {
    for (const signal of interrupting) process.off(signal, callback);
  };
}

const deferred = ["SIGHUP", "SIGTERM"] as const;

/**
 * Finishes work that cannot be repeated: a code that was sent works once, so its session must reach the store even when the
 * terminal is closed or the caller ends this process meanwhile. Such a signal takes effect after the work, or after ten
 * seconds. Ctrl-C takes effect at once: the user decides that.
 */
export async function outlast<T>(work: () => Promise<T>): Promise<T> {
  let ending: { signal: NodeJS.Signals; timer: NodeJS.Timeout } | undefined;
  const end = (signal: NodeJS.Signals) => {
    for (const each of deferred) process.off(each, note);
    process.kill(process.pid, signal);
  };
  const note = (signal: NodeJS.Signals) => {
    ending ??= { signal, timer: setTimeout(end, outlastTimeoutMs, signal) };
  };
  for (const each of deferred) process.on(each, note);
  try {
    return await work();
  } finally {
    for (const each of deferred) process.off(each, note);
    if (ending !== undefined) {
      clearTimeout(ending.timer);
      end(ending.signal);
    }
  }
}
