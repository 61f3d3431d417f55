import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { dropKey, keyOfProfile, othersOf, profilesOfKey, removePointer } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readConfig } from "../../machine/open.ts";
import { keyIdOfItem } from "../../session/long-term-key.ts";
import { UserError } from "../../system/user-error.ts";
import { agree, withKeys } from "./with-keys.ts";

export class KeysRemoveCommand extends AwsAsCommand {
  static override paths = [["keys", "remove"]];
  static override usage = Command.Usage({
    details: `
      Its secret, its place in \`[aws-as NAME]\` and its sessions go. AWS is not asked, and knows the key still.
      A key that no profile names is removed by the last four characters of its id, as \`keys list\` shows them.
    `,
  });

  identity = Option.String({ name: "identity" });
  yes = Option.Boolean("--yes", false, { description: "without asking" });

  protected override perform(): Promise<string> {
    return withKeys(this.context, (task) => removeKey(this, task));
  }
}

/** Takes a key out of the store for good. AWS knows it still; here nobody can use it any more. */
async function removeKey({ identity: name, yes }: KeysRemoveCommand, task: Task): Promise<void> {
  const accessKeyId = keyOfProfile(task.config, name) ?? (await orphan(name, task));
  const tail = accessKeyId.slice(-4);
  if (!yes) {
    const others = othersOf(accessKeyId, name, task.config);
    const question =
      others.length > 0
        ? `Take the key …${tail} away from "${name}"? It stays in the store for ${others.join(", ")}.`
        : `Remove the key …${tail} from the store? Its secret cannot be had from AWS again.`;
    await agree(question, `aws-as keys remove ${name} --yes`, "nothing was removed", task);
  }
  // The secret goes first: a run that is killed in between leaves a name without a key, and can be repeated.
  const reason = await dropKey(accessKeyId, name, task);
  const isNamed = keyOfProfile(task.config, name) !== undefined;
  if (isNamed) await editAwsFile("config", task.machine, (document) => removePointer(document, name));
  if (isNamed) task.say(`"${name}" no longer names the key …${tail}`);
  task.say(reason);
  if (profilesOfKey(await readConfig(task.machine), accessKeyId).length === 0) {
    task.say("AWS knows it still: delete it in IAM if nothing else uses it");
  }
}

/** A key in the store that no profile names: left by a run that was interrupted. */
async function orphan(name: string, task: Task): Promise<string> {
  const ids = (await task.store.list()).flatMap((item) => keyIdOfItem(item.name) ?? []);
  const found = ids.filter((id) => name.length >= 4 && id.endsWith(name.replace(/^…/, "")));
  const [only] = found.filter((id) => profilesOfKey(task.config, id).length === 0);
  if (only !== undefined && found.length === 1) return only;
  throw new UserError(`there is no key of "${name}" in the store`, {
    hints: ["see them all: aws-as keys list"],
  });
}
