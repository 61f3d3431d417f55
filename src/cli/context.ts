import type { BaseContext } from "clipanion";
import type { Machine } from "../machine/machine.ts";
import { warning } from "./report.ts";

/** What a command gets: streams, and the world behind ports. */
export interface Context extends BaseContext {
  readonly machine: Machine;
  /** What stands on standard output when the command fails: code that makes `eval` fail too, or nothing. */
  readonly failure: string;
  /** How wide the terminal is that standard output is on; absent: it is on none. */
  readonly columns?: number | undefined;
}

/** Tells the person something that did not stop us, on standard error. */
export function warnOn(stream: { write(text: string): unknown }): (message: string) => void {
  return (message) => {
    stream.write(warning(message));
  };
}
