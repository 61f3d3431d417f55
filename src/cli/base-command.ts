import { Command } from "clipanion";
import { attempt, isDebug } from "./attempt.ts";
import type { Context } from "./context.ts";

/**
 * The base of our commands. clipanion prints what a command throws on standard output, where `eval` or an SDK would
 * take it for the result, and it offers no other place to choose the exit status: so nothing is thrown past here.
 */
export abstract class AwsAsCommand extends Command<Context> {
  /** Does the work and gives the result, all of standard output. */
  protected abstract perform(): Promise<string>;

  /** The exit status of work that succeeded: 1 where its result is that something is wrong, as a linter's. */
  protected status: 0 | 1 = 0;

  override async execute(): Promise<number> {
    const { context } = this;
    const options = { debug: isDebug(context.machine.env), failure: context.failure };
    const code = await attempt(context, options, () => this.perform());
    return code === 0 ? this.status : code;
  }
}
