import { outlastTimeoutMs } from "../limits.ts";

const signals = ["SIGHUP", "SIGTERM"] as const;

/**
 * Finishes work that cannot be repeated: a code that was sent works once, so its session must reach the store even when the
 * terminal is closed or the caller ends us meanwhile. Such a signal takes effect after the work, or after ten seconds.
 * Ctrl-C does at once: there a person decides, who knows what they typed.
 */
export async function outlast<T>(work: () => Promise<T>): Promise<T> {
  let ending: { signal: NodeJS.Signals; timer: NodeJS.Timeout } | undefined;
  const end = (signal: NodeJS.Signals) => {
    for (const each of signals) process.off(each, note);
    process.kill(process.pid, signal);
  };
  const note = (signal: NodeJS.Signals) => {
    ending ??= { signal, timer: setTimeout(end, outlastTimeoutMs, signal) };
  };
  for (const each of signals) process.on(each, note);
  try {
    return await work();
  } finally {
    for (const each of signals) process.off(each, note);
    if (ending !== undefined) {
      clearTimeout(ending.timer);
      end(ending.signal);
    }
  }
}
