import { Command, Option } from "clipanion";
import { warnOn } from "../cli/attempt.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import { changesFor } from "./run.ts";
import { chosenDialect, rendered } from "./say.ts";

export class EnvCommand extends AwsAsCommand {
  static override paths = [["env"]];
  static override usage = Command.Usage({
    description: "print what makes this shell act as an identity",
    details: `
      Prints shell code for \`eval\`, or with \`--format\` data. \`-\` in place of a name takes back what aws-as has set.
      When it fails, the code that it prints is \`false\`, so that \`eval\` fails too.
    `,
    examples: [
      ["act as a role in this shell", 'eval "$($0 env my-role1)"'],
      ["be nobody again", 'eval "$($0 env -)"'],
      ["for docker run --env-file", "$0 env my-role1 --format dotenv"],
    ],
  });

  identity = Option.String({ name: "identity" });
  shell = Option.String("--shell", { description: "sh (also bash, zsh, ksh, dash, ash, mksh, yash)" });
  format = Option.String("--format", { description: "json or dotenv" });
  code = Option.String("--code", { description: "the MFA code; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const dialect = chosenDialect(this.shell, this.format);
    const { machine, stderr } = this.context;
    const request = { name: this.identity, code: this.code };
    return rendered(dialect, await changesFor(request, machine, warnOn(stderr)));
  }
}
