import { type Context, taskOf } from "../../cli/context.ts";
import { configFiles } from "../../config/aws-config.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/task.ts";
import { sweepLeftovers } from "../../system/files/atomic-write.ts";

/**
 * Runs what changes keys, one at a time. What a killed run left of the AWS files is removed first: it may hold a key in
 * plain text.
 *
 * @throws UserError when another process is at it
 */
export async function withKeys<T>(context: Context, work: (task: Task) => Promise<T>): Promise<T> {
  return await withKeysLock(context.machine, async () => {
    const { config, credentials } = configFiles(context.machine.env, context.machine.home);
    await sweepLeftovers(credentials, { alone: true });
    // Other commands write there without this lock.
    await sweepLeftovers(config, { alone: config === credentials });
    return await work(await taskOf(context));
  });
}
