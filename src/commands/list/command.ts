import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { listText } from "./list.ts";

export class ListCommand extends AwsAsCommand {
  static override paths = [["list"]];
  static override usage = Command.Usage({
    details: `
      On a terminal, a tree: whatever an identity's credentials come from stands above it. LEFT is its own session; where
      there is none, whether getting one takes a code. PROFILE is the profile by which AWS clients get it from aws-as.

      The identity of this shell has a \`*\`. With a word, those whose name, account or profile has it.

      Elsewhere, a line per identity with tabs between the fields, in this order: name, kind (user, role, external, limited),
      account, MFA device (? while nobody has asked IAM), time left, time left of the session that it is got with,
      profiles, error, \`*\` for the identity of this shell. What is not there is \`-\`.

      Asks nobody, calls nobody and reads no secret. The JSON is described in docs/json.md.
    `,
    examples: [
      ["some of them", "$0 list prod"],
      ["choose one, in a shell where aws-as is activated", '$0 "$($0 list | fzf | cut -f1)"'],
    ],
  });

  word = Option.String({ required: false });
  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });

  protected override perform(): Promise<string> {
    return listText(this.context, { word: this.word, json: this.json });
  }
}
