import { Command } from "clipanion";
import { AwsAsCommand } from "../cli/base-command.ts";
import { UserError } from "../system/user-error.ts";
import { callersShell } from "./say.ts";

/** `aws-as renew` without the shell functions, which never come here: it says what does the same. */
export class RenewCommand extends AwsAsCommand {
  static override paths = [["renew"]];
  static override usage = Command.Usage({
    details: `
      With the shell functions, which \`aws-as activate\` prints, this shell gets new credentials of the identity that it acts
      as, also where the old ones are good; its region stays. A role takes no code as long as its user's session lasts. \`--code\` gives
      the MFA device's code.

      A shell with a prompt does it by itself in time, as long as that takes no code. \`AWS_AS_RENEW=0\` turns that off.

      Without the functions: \`eval "$(aws-as env --renew)"\`
    `,
  });

  protected override async perform(): Promise<string> {
    const { setup } = callersShell(await this.context.machine.parentProgram());
    throw new UserError(
      "a program cannot change the shell that calls it, so this one has to evaluate the result",
      {
        hints: [
          'to renew the credentials of this shell: eval "$(aws-as env --renew)"',
          `with the functions aws-as renew does it, and the prompt too; to have them, run this once: ${setup[0].line}`,
        ],
        exitCode: 2,
      },
    );
  }
}
