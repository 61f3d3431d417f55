import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { UserError } from "../../system/user-error.ts";
import { importKeys } from "./import-keys.ts";
import { withKeys } from "./with-keys.ts";

export class KeysImportCommand extends AwsAsCommand {
  static override paths = [["keys", "import"]];
  static override usage = Command.Usage({
    category: "keys",
    description: "move a long-term key from ~/.aws/credentials into the store",
    details: `
      The key is tried with AWS, stored, and read back; then its two lines go out of the file, and everything else
      stays as it is. A run that was interrupted can be repeated.

      Tools that read the key from the file themselves no longer find it. If profiles of other names would break by
      that, they are named, and nothing is done unless you agree.
    `,
    examples: [
      ["one user's", "$0 keys import my-user1"],
      ["all there are", "$0 keys import --all"],
    ],
  });

  identity = Option.String({ name: "identity", required: false });
  all = Option.Boolean("--all", false, { description: "every key that stands in the files" });
  keep = Option.Boolean("--keep", false, {
    description: "copy into the store, and leave the lines in the file",
  });
  force = Option.Boolean("--force", false, { description: "also where profiles of other tools break by it" });

  protected override async perform(): Promise<string> {
    if (this.all === (this.identity !== undefined)) {
      throw new UserError("say which profile, or --all", {
        hints: ["aws-as keys import my-user1", "aws-as keys import --all"],
        exitCode: 2,
      });
    }
    const { keep, force } = this;
    await withKeys(this.context, (task) => importKeys({ profile: this.identity, keep, force }, task));
    return "";
  }
}
