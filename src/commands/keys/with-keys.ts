import { type Context, taskOf } from "../../cli/base-command.ts";
import { configFiles } from "../../config/aws-config.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/machine.ts";
import type { PromptResult } from "../../prompt/prompt.ts";
import { sweepLeftovers } from "../../system/files/atomic-write.ts";
import { UserError } from "../../system/user-error.ts";

/**
 * Does the work of a command that changes keys, one at a time; nothing of it goes to standard output. What a killed run left of the AWS files is removed first: it may hold a key in
 * plain text.
 *
 * @throws UserError when another process is at it
 */
export async function withKeys(context: Context, work: (task: Task) => Promise<void>): Promise<string> {
  await withKeysLock(context.machine, async () => {
    const { config, credentials } = configFiles(context.machine.env, context.machine.home);
    await sweepLeftovers(credentials, { alone: true });
    // Other commands write there without this lock.
    await sweepLeftovers(config, { alone: config === credentials });
    await work(await taskOf(context));
  });
  return "";
}

/** Goes on if the person agrees. `again` is the command that asks nothing; `otherwise` what a refusal leaves. */
export async function agree(question: string, again: string, otherwise: string, task: Task): Promise<void> {
  const agreed = requireAnswer(await task.machine.people.confirm(question), [again]);
  if (!agreed) throw new UserError(otherwise, { exitCode: 130 });
}

/** The answer of a person, or the error that there is none. `otherwise` says how to do without one. */
export function requireAnswer<T>(result: PromptResult<T>, otherwise: readonly string[]): T {
  switch (result.kind) {
    case "answer":
      return result.value;
    case "cannot-ask":
      throw new UserError(`there is no way to ask: ${result.because}`, { hints: otherwise });
    case "timed-out":
      throw new UserError("nobody answered in time", { hints: otherwise });
    case "cancelled":
      throw new UserError("cancelled; nothing was changed", { exitCode: 130 });
  }
}
