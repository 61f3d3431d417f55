import type { Clock } from "../clock.ts";
import { onInterruption } from "./interruption.ts";
import { parentGone } from "./parent.ts";

/** Who does not want the answer any more: the person, by Ctrl-C; or the caller, who went away or ended us. */
export type AbandonedBy = "person" | "caller";

/** Calls back when the answer is no longer wanted; returns the function that stops watching. */
export type OnAbandoned = (clock: Clock, callback: (by: AbandonedBy) => void) => () => void;

/** By Ctrl-C and Ctrl-\\ it was the person; by SIGTERM, a terminal that hung up or a parent that has gone, the caller. */
export const onAbandoned: OnAbandoned = (clock, callback) => {
  const watching = new AbortController();
  const offInterruption = onInterruption((signal) =>
    callback(signal === "SIGINT" || signal === "SIGQUIT" ? "person" : "caller"),
  );
  parentGone(clock, watching.signal).then(
    () => callback("caller"),
    () => {},
  );
  return () => {
    offInterruption();
    watching.abort();
  };
};
