import { type BaseContext, Command, Option } from "clipanion";
import type { Machine, Task } from "../machine/machine.ts";
import { openStore, readConfig, storeSettings } from "../machine/open.ts";
import { attempt, isDebug, warnOn } from "./attempt.ts";
import { type MessageStream, say } from "./report.ts";

/**
 * The base of all commands. It catches what a command throws: clipanion would print it on standard output, where `eval`
 * or an SDK would take it for the result, and would choose the exit status.
 */
export abstract class AwsAsCommand extends Command<Context> {
  /** Does the work and returns all of standard output. */
  protected abstract perform(): Promise<string>;

  /** The exit status of work that succeeded; 1 where the result reports a problem, as a linter does; that of a command it ran. */
  protected status = 0;

  override async execute(): Promise<number> {
    const { context } = this;
    const { machine, failure } = context;
    const options = { debug: isDebug(machine.env), failure, parentProgram: machine.parentProgram };
    const code = await attempt(context, options, () => this.perform());
    return code === 0 ? this.status : code;
  }
}

/** Options of all commands that hand out an identity, here with less power for one use: `withLimits` of credentials/plan-for.ts. */
export const limitOption = () =>
  Option.String("--limit", { description: "with less power this once, `LIMIT`: read-only" });

export const policyOption = () =>
  Option.String("--policy", { description: "with what the policy in `FILE` allows, and no more" });

/** What a command gets: streams, and all else behind ports. */
export interface Context extends BaseContext {
  readonly stderr: BaseContext["stderr"] & MessageStream;
  readonly machine: Machine;
  /** What is printed on standard output when the command fails: code that makes `eval` fail too, or nothing. */
  readonly failure: string;
  /** The command to run, which stands behind `--`; empty: there is none. */
  readonly run: readonly string[];
  /** Columns of the terminal on standard output; undefined: it is no terminal. */
  readonly columns?: number | undefined;
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
