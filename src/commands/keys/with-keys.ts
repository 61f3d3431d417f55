import { type Context, taskOf } from "../../cli/base-command.ts";
import { configFiles } from "../../config/aws-config.ts";
import { requireAnswer } from "../../keys/ask-for-key.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/machine.ts";
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
