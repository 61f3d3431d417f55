import type { BaseContext } from "clipanion";
import type { Machine } from "../machine/machine.ts";
import { openStore, readConfig, storeSettings } from "../machine/open.ts";
import type { Task } from "../machine/task.ts";
import { type MessageStream, say, warn } from "./report.ts";

/** What a command gets: streams, and all else behind ports. */
export interface Context extends BaseContext {
  readonly stderr: BaseContext["stderr"] & MessageStream;
  readonly machine: Machine;
  /** What is printed on standard output when the command fails: code that makes `eval` fail too, or nothing. */
  readonly failure: string;
  /** Columns of the terminal on standard output; undefined: it is no terminal. */
  readonly columns?: number | undefined;
}

/** Reports something that did not stop the command, on standard error. */
export function warnOn(stream: MessageStream): (message: string) => void {
  return (message) => warn(stream, message);
}

/** What the command works with. The store is opened when it is first used. */
export async function taskOf({ machine, stderr }: Pick<Context, "machine" | "stderr">): Promise<Task> {
  const config = await readConfig(machine);
  let store: Task["store"] | undefined;
  return {
    machine,
    config,
    settings: storeSettings(config, machine),
    get store() {
      store ??= openStore(config, machine);
      return store;
    },
    say: (sentence) => say(stderr, sentence),
    warn: warnOn(stderr),
  };
}
