import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { rotateKey } from "./rotate-key.ts";
import { withKeys } from "./with-keys.ts";

export class KeysRotateCommand extends AwsAsCommand {
  static override paths = [["keys", "rotate"]];
  static override usage = Command.Usage({
    category: "keys",
    description: "replace a long-term key by a new one, in IAM and in the store",
    details: `
      Makes a new key, stores it, waits until AWS takes it, uses it from then on, and only then switches off and deletes
      the old one. At every moment there is a key that works. A run that was interrupted is finished by running it again.

      AWS allows a user two keys. If there is another one, it is shown, and may be deleted to make room.

      Whatever else uses the old key (another machine, a pipeline) stops working, and has to be given the new one;
      with \`--keep-inactive\` the old one can be switched on again in IAM.
    `,
    examples: [
      ["now", "$0 keys rotate my-user1"],
      ["with a way back", "$0 keys rotate my-user1 --keep-inactive"],
    ],
  });

  identity = Option.String({ name: "identity" });
  code = Option.String("--code", { description: "the MFA code; rather let it be asked for" });
  keepInactive = Option.Boolean("--keep-inactive", false, {
    description: "switch the old key off, and do not delete it",
  });
  deleteKey = Option.String("--delete-key", {
    description: "the last characters of the id of another key that may be deleted to make room",
  });
  dryRun = Option.Boolean("--dry-run", false, { description: "say what would be done" });

  protected override async perform(): Promise<string> {
    const { identity: profile, code, keepInactive, deleteKey, dryRun } = this;
    await withKeys(this.context, (task) =>
      rotateKey({ profile, code, keepInactive, deleteKey, dryRun }, task),
    );
    return "";
  }
}
