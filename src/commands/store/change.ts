import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { taskOf } from "../../cli/context.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import { UserError } from "../../system/user-error.ts";
import { change } from "./change-slots.ts";

export class StoreChangeCommand extends AwsAsCommand {
  static override paths = [["store", "change"]];
  static override usage = Command.Usage({
    category: "stores",
    description: "change what opens the file store",
    details: `
      The file store can open in several ways, as a disk with LUKS slots: each of them opens all of it. To change them
      it has to be opened by one that is there. \`store status\` lists them with their ids.

      The key that everything is encrypted with stays the same. Whoever has an old copy of master-key.json and what
      opened it then can still open the items.
    `,
    examples: [
      ["also by a key of the ssh-agent", "$0 store change --add-ssh-key --key me@laptop"],
      ["another passphrase", "$0 store change --new-passphrase"],
      ["no longer by this one", "$0 store change --remove 1f2e3d4c"],
    ],
  });

  addSshKey = Option.Boolean("--add-ssh-key", false, { description: "let a key of the ssh-agent open it" });
  key = Option.String("--key", {
    description: "which of its keys: the fingerprint, the comment, or a part of one",
  });
  addPassphrase = Option.Boolean("--add-passphrase", false, {
    description: "let a further passphrase open it",
  });
  newPassphrase = Option.Boolean("--new-passphrase", false, {
    description: "a new passphrase in place of those that there are",
  });
  remove = Option.String("--remove", {
    description: "what shall no longer open it: its id, or a key's fingerprint",
  });

  protected override async perform(): Promise<string> {
    const { key, addSshKey, addPassphrase, newPassphrase, remove } = this;
    const usage = (message: string) =>
      new UserError(message, { hints: ["aws-as store status", "aws-as store change --help"], exitCode: 2 });
    if (key !== undefined && !addSshKey) throw usage("--key says which key --add-ssh-key is about");
    if (addPassphrase && newPassphrase)
      throw usage("--add-passphrase and --new-passphrase exclude each other");
    if (!addSshKey && !addPassphrase && !newPassphrase && remove === undefined) {
      throw usage("nothing says what shall be changed");
    }
    const request = { addSshKey, key, addPassphrase, newPassphrase, remove };
    await withKeysLock(this.context.machine, async () => change(request, await taskOf(this.context)));
    return "";
  }
}
