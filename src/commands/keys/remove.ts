import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { removeKey } from "./remove-key.ts";
import { withKeys } from "./with-keys.ts";

export class KeysRemoveCommand extends AwsAsCommand {
  static override paths = [["keys", "remove"]];
  static override usage = Command.Usage({
    category: "keys",
    description: "take a long-term key out of the store for good",
    details: `
      Its secret, its place in \`[aws-as NAME]\` and its sessions go. AWS is not asked, and knows the key still.
      A key that no profile names is removed by the last four characters of its id, as \`keys list\` shows them.
    `,
  });

  identity = Option.String({ name: "identity" });
  yes = Option.Boolean("--yes", false, { description: "without asking" });

  protected override async perform(): Promise<string> {
    await withKeys(this.context, (task) => removeKey({ name: this.identity, yes: this.yes }, task));
    return "";
  }
}
