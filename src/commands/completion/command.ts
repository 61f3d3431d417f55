import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { shells } from "../../emit/shells.ts";
import { UserError } from "../../system/user-error.ts";

const completions = shells.flatMap(({ completionAlone }) => completionAlone);

export class CompletionCommand extends AwsAsCommand {
  static override paths = [["completion"]];
  static override usage = Command.Usage({
    details: `
      For shells in which aws-as is not activated; activation brings the same with it. To be put into the shell's own
      start-up file:

      ${completions
        .map(({ setup: { shells, file, line } }) => `- ${shells} (${file}): ${line}`)
        .join("\n\n      ")}
    `,
  });

  shell = Option.String({ name: "shell" });

  protected override async perform(): Promise<string> {
    const completion = completions.find(({ names }) => names.includes(this.shell));
    if (completion !== undefined) return completion.code();
    throw new UserError(`no completion for "${this.shell}"`, {
      hints: [`known: ${completions.flatMap(({ names }) => names).join(", ")}`],
      exitCode: 2,
    });
  }
}
