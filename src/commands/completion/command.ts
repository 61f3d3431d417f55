import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { UserError } from "../../system/user-error.ts";

export class CompletionCommand extends AwsAsCommand {
  static override paths = [["completion"]];
  static override usage = Command.Usage({
    description: "print the code that makes the TAB key complete commands, options and identities",
    details: `
      For shells in which aws-as is not activated; activation brings the same with it. To be put into the shell's own
      start-up file:

      - bash (~/.bashrc): \`eval "$(aws-as completion bash)"\`

      - zsh (~/.zshrc, after compinit): \`eval "$(aws-as completion zsh)"\`

      - fish (~/.config/fish/config.fish): \`aws-as completion fish | source\`

      - tcsh (~/.tcshrc): \`eval "\`aws-as completion tcsh\`"\`

      - PowerShell ($PROFILE): \`aws-as completion powershell | Out-String | Invoke-Expression\`
    `,
  });

  shell = Option.String({ name: "shell" });

  protected override async perform(): Promise<string> {
    const { completions } = await import("../../emit/completions.ts");
    const code = completions[this.shell];
    if (code !== undefined) return code;
    throw new UserError(`no completion for "${this.shell}"`, {
      hints: [`known: ${Object.keys(completions).join(", ")}`],
      exitCode: 2,
    });
  }
}
