import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../cli/base-command.ts";
import { say } from "../cli/report.ts";
import { projectFileName } from "../config/project-file.ts";
import { allow, allowedBefore, changes, disallow, projectFile } from "../credentials/project.ts";
import { readConfig } from "../machine/open.ts";
import { UserError } from "../system/user-error.ts";

export class AllowCommand extends AwsAsCommand {
  static override paths = [["allow"]];
  static override usage = Command.Usage({
    details: `
      The file .aws-as in the folder of a project, or above it up to the top of its repository, names roles:
      \`deploy = arn:aws:iam::111111111111:role/deploy\`. The names count in that project, where you have no profile of that
      name, once you have allowed the file; it is asked about again when it has changed. Nothing in it is run.
    `,
  });

  revoke = Option.Boolean("--revoke", false, { description: "use its names no more" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const file = await projectFile(machine);
    if (file === undefined) {
      throw new UserError(
        `there is no file ${projectFileName} here, nor above up to the top of the repository`,
        {
          hints: ["each of its lines is like this: deploy = arn:aws:iam::111111111111:role/deploy"],
        },
      );
    }
    const before = await allowedBefore(file, machine);
    if (this.revoke) {
      await disallow(file, machine);
      say(stderr, `the names of ${file.shown} are ${before === undefined ? "not used" : "used no more"}`);
      return "";
    }
    await allow(file, machine);
    const isSame = before?.hash === file.hash;
    say(stderr, `the names of ${file.shown} are used${isSame ? " already" : " from now on"}`);
    const config = await readConfig(machine);
    for (const line of changes(file.names, isSame ? undefined : before, config)) say(stderr, line);
    return "";
  }
}
