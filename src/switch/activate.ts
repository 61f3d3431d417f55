import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../cli/base-command.ts";
import { shells } from "../emit/shells.ts";
import { UserError } from "../system/user-error.ts";
import { activationCode, shellFor } from "./activation.ts";

export class ActivateCommand extends AwsAsCommand {
  static override paths = [["activate"]];
  static override usage = Command.Usage({
    details: `
      Prints code for \`eval\`. Afterwards \`aws-as NAME\` makes this shell act as NAME, \`aws-as -\` as nobody, and
      \`aws-as-deactivate\` gives the shell back as it was (\`--keep-creds\` leaves the credentials).

      Set up, to be typed or put into the shell's own file:

      ${shells
        .flatMap(({ setup }) => setup)
        .map(({ shells, file, line }) => `- ${shells} (${file}): ${line}`)
        .join("\n\n      ")}

      \`AWS_AS_DISABLE_PROMPT=1\` leaves the prompt alone.
    `,
    examples: [
      ["for the Bourne family: bash, zsh, ksh and their kin", 'eval "$($0 activate -s)"'],
      ["the same, shorter", "eval $($0 -s)"],
    ],
  });

  bourne = Option.Boolean("-s", false, {
    description: "for sh, bash, zsh, ksh, dash, mksh, yash, unless another shell calls",
  });
  csh = Option.Boolean("-c", false, { description: "for csh and tcsh, unless another shell calls" });
  shell = Option.String("--shell", {
    description: "for that `SHELL`; without any of these: the one that calls",
  });

  protected override async perform(): Promise<string> {
    const { machine } = this.context;
    const flags = [...(this.bourne ? ["-s" as const] : []), ...(this.csh ? ["-c" as const] : [])];
    if (flags.length + (this.shell === undefined ? 0 : 1) > 1) {
      throw new UserError("-s, -c and --shell exclude each other", {
        hints: ["-s for bash, zsh, ksh and the like, -c for csh and tcsh, else --shell NAME"],
        exitCode: 2,
      });
    }
    const { node, script } = machine.program;
    const asked = { shell: this.shell, flag: flags[0] };
    return activationCode(shellFor(asked, await machine.parentProgram()), machine.env, [node, script]);
  }
}
