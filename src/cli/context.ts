import type { BaseContext } from "clipanion";
import type { Machine } from "../machine/machine.ts";
import { warning } from "./report.ts";

/** What a command gets: streams, and all else behind ports. */
export interface Context extends BaseContext {
  readonly machine: Machine;
  /** What is printed on standard output when the command fails: code that makes `eval` fail too, or nothing. */
  readonly failure: string;
  /** Columns of the terminal on standard output; undefined: it is no terminal. */
  readonly columns?: number | undefined;
}

/** Reports something that did not stop the command, on standard error. */
export function warnOn(stream: { write(text: string): unknown }): (message: string) => void {
  return (message) => {
    stream.write(warning(message));
  };
}
