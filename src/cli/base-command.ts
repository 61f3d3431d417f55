import { Command } from "clipanion";
import { attempt, isDebug } from "./attempt.ts";
import type { Context } from "./context.ts";

/**
 * The base of all commands. It catches what a command throws: clipanion would print it on standard output, where `eval`
 * or an SDK would take it for the result, and would choose the exit status.
 */
export abstract class AwsAsCommand extends Command<Context> {
  /** Does the work and returns all of standard output. */
  protected abstract perform(): Promise<string>;

  /** The exit status of work that succeeded; 1 where the result reports a problem, as a linter does. */
  protected status: 0 | 1 = 0;

  override async execute(): Promise<number> {
    const { context } = this;
    const options = { debug: isDebug(context.machine.env), failure: context.failure };
    const code = await attempt(context, options, () => this.perform());
    return code === 0 ? this.status : code;
  }
}
