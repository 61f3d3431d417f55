const signals = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const;

/**
 * Calls back on Ctrl-C, Ctrl-\\, SIGTERM and when the terminal hangs up, instead of dying of them.
 * Answers the function that gives these signals back their usual meaning.
 */
export function onInterruption(callback: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of signals) process.on(signal, callback);
  return () => {
    for (const signal of signals) process.off(signal, callback);
  };
}
