import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { addKey } from "./add-key.ts";
import { withKeys } from "./with-keys.ts";

export class KeysAddCommand extends AwsAsCommand {
  static override paths = [["keys", "add"]];
  static override usage = Command.Usage({
    category: "keys",
    description: "put a long-term key into the store",
    details: `
      Asks for the id and the secret on the terminal; the secret is not shown. With \`--stdin\` reads them from standard
      input: the JSON of \`aws iam create-access-key\`, the CSV file of the console, lines of a credentials file, or id
      and secret as two words.

      The key is tried with AWS before it is kept. NAME need not be a profile yet.
    `,
    examples: [
      ["typed in", "$0 keys add my-user1"],
      ["from the console's file", "$0 keys add my-user1 --stdin < accessKeys.csv"],
      ["straight from IAM", "aws iam create-access-key | $0 keys add my-user1 --stdin"],
    ],
  });

  identity = Option.String({ name: "identity" });
  stdin = Option.Boolean("--stdin", false, { description: "read the key from standard input" });
  replace = Option.Boolean("--replace", false, { description: "in place of another key that is there" });

  protected override async perform(): Promise<string> {
    const { stdin, replace } = this;
    await withKeys(this.context, (task) => addKey({ profile: this.identity, stdin, replace }, task));
    return "";
  }
}
