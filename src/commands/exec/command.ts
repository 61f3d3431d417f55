import { Command, Option } from "clipanion";
import { warnOn } from "../../cli/attempt.ts";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { milliseconds } from "../../system/span.ts";
import { UserError } from "../../system/user-error.ts";
import { exec } from "./run.ts";

export class ExecCommand extends AwsAsCommand {
  static override paths = [["exec"]];
  static override usage = Command.Usage({
    details: `
      Runs the command behind \`--\` with the variables of \`aws-as env NAME\`. It has your terminal, its signals and exit status
      are its own, and no process of aws-as stays where the system and Node.js allow that. Without a name: as the identity of
      this shell. 127: the command is not there; 126: it cannot be run.
    `,
    examples: [
      ["one command as a role", "$0 exec my-role1 -- terraform plan"],
      [
        "with credentials for the next 45 minutes, or not at all",
        "$0 exec --min-life 45m my-role1 -- ./migrate.sh",
      ],
      ["as the identity of this shell, with what time it can have", "$0 exec --min-life 45m -- ./migrate.sh"],
    ],
  });

  identities = Option.Rest({ name: "identity" });
  minLife = Option.String("--min-life", {
    description:
      "refuse where the credentials would last less than `TIME`, such as 45m or 2h; get new ones first",
  });
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const { machine, stderr, run } = this.context;
    const [name, other] = this.identities;
    if (other !== undefined) {
      throw new UserError(`one identity at a time, and "${other}" is another`, {
        hints: ['what stands behind "--" is the command: aws-as exec --help'],
        exitCode: 2,
      });
    }
    const minLifeMs = this.minLife === undefined ? undefined : milliseconds(this.minLife, "--min-life");
    this.status = await exec({ name, run, minLifeMs, code: this.code }, machine, warnOn(stderr));
    return "";
  }
}
