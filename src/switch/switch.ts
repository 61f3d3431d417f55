import { Command, Option } from "clipanion";
import { execLine } from "../argv.ts";
import { tellOn } from "../cli/attempt.ts";
import { AwsAsCommand, limitOption, policyOption } from "../cli/base-command.ts";
import { isLimiting, withLimits } from "../credentials/plan-for.ts";
import type { Change, Memory } from "../emit/change.ts";
import type { Shell } from "../emit/dialect.ts";
import { readConfig } from "../machine/open.ts";
import { UserError } from "../system/user-error.ts";
import { previousIn } from "../variables/changes.ts";
import { pickIdentity } from "./pick.ts";
import { changesByRenewing, changesWhenDue } from "./renewal.ts";
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
  renew = Option.Boolean("--renew", false, { description: "the identity of now" });
  due = Option.Boolean("--due", false, { description: "the same where it ends soon and takes no question" });
  previous = Option.Boolean("-p,--previous", false, { description: "the identity before this one" });
  region = Option.String("--region", { description: "the `REGION` in place of the identity's own" });
  limit = limitOption();
  policy = policyOption();
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const shell = chosenShell(this.shell);
    return renderedForFunctions(shell, await this.changes(shell));
  }

  private async changes(shell: Shell): Promise<readonly (Change | Memory)[]> {
    const { machine, stderr } = this.context;
    const told = tellOn(stderr);
    const { code, region } = this;
    if (this.due) return changesWhenDue(machine, told);
    if (this.leave) return changesForLeaving(machine, told);
    const isNamed = !this.renew && !this.previous;
    const [name, rest] = isNamed ? [this.words[0], this.words.slice(1)] : [undefined, this.words];
    if (rest.length > 0 || (this.renew && (region !== undefined || this.previous || isLimiting(this))))
      throw isNamed && name !== undefined ? await this.tooManyWords(name, rest) : this.noName();
    if (this.renew) {
      const { changes, notes } = await changesByRenewing({ code }, machine, told);
      return [...changes, ...notes];
    }
    const wanted = this.previous
      ? previousIn(machine.env)
      : (name ?? (await pickIdentity(machine, told.say)));
    if (wanted === undefined) {
      throw new UserError("no identity is named", {
        hints: ["see which there are: aws-as list"],
        exitCode: 2,
      });
    }
    const limited = withLimits(wanted, this, machine);
    return changesForFunctions({ name: limited, code, region }, shell, machine, told);
  }

  private noName(): UserError {
    const option = this.renew ? "renew" : "--previous";
    return new UserError(`aws-as ${option} takes no name, and no other option than --code`, {
      hints: ["to act as another identity: aws-as NAME"],
      exitCode: 2,
    });
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
