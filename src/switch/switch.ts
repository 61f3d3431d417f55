import { Command, Option } from "clipanion";
import { execLine } from "../argv.ts";
import { tellOn } from "../cli/attempt.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import { readConfig } from "../machine/open.ts";
import { UserError } from "../system/user-error.ts";
import { changesForFunctions, changesForLeaving } from "./run.ts";
import { chosenShell, renderedForFunctions } from "./say.ts";

/**
 * What the shell functions call: `env`, and what only they remember. They ask for the exit status, and evaluate nothing
 * after a failure. Not for people, so the list of commands leaves it out.
 */
export class SwitchCommand extends AwsAsCommand {
  static override paths = [["switch"]];
  static override usage = Command.Usage({
    details: `
      Prints what makes the shell act as NAME (\`-\`: as nobody), in a form that may change with every version. With the
      functions, \`aws-as NAME\` or \`aws-as use NAME\`; without them, \`aws-as env NAME\`.
    `,
  });

  shell = Option.String({ name: "shell" });
  words = Option.Rest({ name: "identity" });
  leave = Option.Boolean("--leave", false, { description: "for good" });
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const shell = chosenShell(this.shell);
    const told = tellOn(stderr);
    if (this.leave) return renderedForFunctions(shell, await changesForLeaving(machine, told));
    const [name, ...rest] = this.words;
    if (name === undefined) {
      throw new UserError("no identity is named", {
        hints: ["see which there are: aws-as list"],
        exitCode: 2,
      });
    }
    if (rest.length > 0) throw await this.tooManyWords(name, rest);
    const request = { name, code: this.code };
    return renderedForFunctions(shell, await changesForFunctions(request, shell, machine, told));
  }

  /** The functions take a word that they do not know for a name; people take it for a command. */
  private async tooManyWords(first: string, rest: readonly string[]): Promise<UserError> {
    const { profiles, ours } = await readConfig(this.context.machine);
    const isKnown = (word: string) => profiles.has(word) || ours.has(word);
    const [name = "NAME", run] = isKnown(first) ? [first, rest] : [this.words.find(isKnown), ["COMMAND"]];
    const message = isKnown(first)
      ? `a switch takes one name, and "${rest[0]}" is another word`
      : `"${first}" is neither a command of aws-as nor an identity`;
    return new UserError(message, {
      hints: [`to run a command as ${name}: ${execLine(name, run)}`, "aws-as --help"],
      exitCode: 2,
    });
  }
}
