import { Command, Option } from "clipanion";
import { warnOn } from "../../cli/attempt.ts";
import { AwsAsCommand, limitOption, policyOption } from "../../cli/base-command.ts";
import { isLimiting, withLimits } from "../../credentials/plan-for.ts";
import { milliseconds } from "../../system/span.ts";
import { UserError } from "../../system/user-error.ts";
import { exec, nameOfShell } from "./run.ts";

export class ExecCommand extends AwsAsCommand {
  static override paths = [["exec"]];
  static override usage = Command.Usage({
    details: `
      Runs the command behind \`--\` with the variables of \`aws-as env NAME\`. It has your terminal, its signals and exit status
      are its own, and no process of aws-as stays where the system and Node.js allow that. Without a name: as the identity of
      this shell. 127: the command is not there; 126: it cannot be run.

      With \`--renew\`, for what runs longer than credentials last: the command gets no keys, but the address of this aws-as,
      which stays until the command ends and renews them. Every AWS SDK asks there by itself. A code is asked for on this
      terminal, or in a window, ten minutes before the end. Of several names the first is the command's; the others are served
      at the same address under their own paths.
    `,
    examples: [
      ["one command as a role", "$0 exec my-role1 -- terraform plan"],
      [
        "with credentials for the next 45 minutes, or not at all",
        "$0 exec --min-life 45m my-role1 -- ./migrate.sh",
      ],
      ["hours of work in a role that lasts one", "$0 exec --renew my-role1 -- terraform apply"],
      [
        "a user registers the first MFA device",
        "$0 exec --no-session my-user1 -- aws iam enable-mfa-device --user-name my-user1 ...",
      ],
      ["as the identity of this shell, with what time it can have", "$0 exec --min-life 45m -- ./migrate.sh"],
    ],
  });

  identities = Option.Rest({ name: "identity" });
  minLife = Option.String("--min-life", {
    description:
      "refuse where the credentials would last less than `TIME`, such as 45m or 2h; get new ones first",
  });
  limit = limitOption();
  policy = policyOption();
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  renew = Option.Boolean("--renew", false, {
    description: "the command's AWS clients ask aws-as for credentials as often as they need new ones",
  });

  noSession = Option.Boolean("--no-session", false, {
    description: "the command gets the user's long-term key itself: IAM takes no session without MFA",
  });

  protected override async perform(): Promise<string> {
    const { machine, stderr, run } = this.context;
    const [name, ...more] = this.identities;
    if (more[0] !== undefined && !this.renew) {
      throw new UserError(`one identity at a time, and "${more[0]}" is another`, {
        hints: ['what stands behind "--" is the command: aws-as exec --help'],
        exitCode: 2,
      });
    }
    const isLimited = isLimiting(this);
    if (this.noSession && (isLimited || name === undefined || this.renew || this.minLife !== undefined)) {
      throw new UserError(
        "--no-session takes the name of a user, and none of --renew, --min-life, --limit and --policy",
        {
          hints: ["aws-as exec --no-session NAME -- COMMAND"],
          exitCode: 2,
        },
      );
    }
    const minLifeMs = this.minLife === undefined ? undefined : milliseconds(this.minLife, "--min-life");
    const as = name ?? (isLimited ? nameOfShell(machine) : undefined);
    const request = {
      name: as && withLimits(as, this, machine),
      more: more.map((each) => withLimits(each, this, machine)),
      run,
      minLifeMs,
      code: this.code,
      renewed: this.renew,
      withKey: this.noSession,
    };
    this.status = await exec(request, machine, warnOn(stderr));
    return "";
  }
}
