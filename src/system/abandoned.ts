import type { Clock } from "./clock.ts";
import { onInterruption } from "./interruption.ts";
import { parentGone } from "./parent.ts";

/**
 * Calls back once when nobody wants the answer any more: Ctrl-C, SIGTERM, a terminal that hung up, or a
 * parent that went away. Answers the function that stops watching.
 */
export function onAbandoned(clock: Clock, callback: () => void): () => void {
  const watching = new AbortController();
  const offInterruption = onInterruption(callback);
  parentGone(clock, watching.signal).then(callback, () => {});
  return () => {
    offInterruption();
    watching.abort();
  };
}
