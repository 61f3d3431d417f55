import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { warnOn } from "../../cli/context.ts";
import { runInit } from "./run.ts";

export class InitCommand extends AwsAsCommand {
  static override paths = [["init"]];
  static override usage = Command.Usage({
    description: "write profiles for AWS clients into ~/.aws/config",
    details: `
      Adds, next to each profile, one of the same name with a prefix, whose credential_process is aws-as. Everything
      else in the file stays as it is, byte for byte. Run again, it brings its profiles up to date.

      With --adopt, no profile is added: yours itself gets the credential_process, under the name that you already
      type, and what says how to get credentials (role_arn, source_profile, …) moves to a section [aws-as NAME]. Where
      a client would break, it is refused, with the reason.

      Without names, it serves every user and role. Asks IAM which MFA device each user has, and writes that down.
    `,
    examples: [
      ["everything", "$0 init"],
      ["look first", "$0 init --dry-run"],
      ["one role", "$0 init my-role1"],
      ["serve a profile under its own name", "$0 init --adopt my-role1"],
      ["undo", "$0 init --remove"],
    ],
  });

  names = Option.Rest({ name: "identity" });
  prefix = Option.String("--prefix", {
    description: "what the profiles' names begin with; as- if not given",
  });
  dryRun = Option.Boolean("--dry-run", false, { description: "show what would change, and change nothing" });
  adopt = Option.Boolean("--adopt", false, {
    description: "serve profiles under their own names; --remove restores them",
  });
  remove = Option.Boolean("--remove", false, { description: "take out again what init wrote" });
  offline = Option.Boolean("--offline", false, { description: "do not ask IAM for MFA devices" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const options = {
      names: this.names,
      dryRun: this.dryRun,
      remove: this.remove,
      adopt: this.adopt,
      offline: this.offline,
      colored: this.context.colorDepth > 1,
      prefix: this.prefix,
    };
    const { diff, messages, warnings } = await runInit(options, machine);
    warnings.forEach(warnOn(stderr));
    for (const line of messages) stderr.write(`aws-as: ${line}\n`);
    return diff;
  }
}
