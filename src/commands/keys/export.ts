import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { exportKey } from "./export-key.ts";
import { withKeys } from "./with-keys.ts";

export class KeysExportCommand extends AwsAsCommand {
  static override paths = [["keys", "export"]];
  static override usage = Command.Usage({
    category: "keys",
    description: "put a long-term key back into ~/.aws/credentials, in plain text",
    details: "The way back from `keys import`. Any program of yours, and any backup, can read the key there.",
  });

  identity = Option.String({ name: "identity" });
  keep = Option.Boolean("--keep", false, { description: "leave it in the store as well" });
  yes = Option.Boolean("--yes", false, { description: "without asking" });

  protected override async perform(): Promise<string> {
    const { keep, yes } = this;
    await withKeys(this.context, (task) => exportKey({ profile: this.identity, keep, yes }, task));
    return "";
  }
}
