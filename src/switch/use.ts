import { Command, Option } from "clipanion";
import { execLine, verbs } from "../argv.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import { say } from "../cli/report.ts";
import { suggest } from "../system/suggest.ts";
import { UserError } from "../system/user-error.ts";
import { pickIdentity } from "./pick.ts";
import { callersShell } from "./say.ts";

/**
 * `aws-as NAME` without the shell functions: a program cannot change the shell that calls it, so it says what can.
 */
export class UseCommand extends AwsAsCommand {
  static override paths = [["use"]];
  static override usage = Command.Usage({});

  words = Option.Proxy({ name: "identity" });

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    if (this.words.length === 0) {
      const picked = await pickIdentity(machine, (message) => say(stderr, message));
      if (picked !== undefined) {
        const { typed } = callersShell(await machine.parentProgram());
        return `${typed.evaluate(`aws-as env ${/^[\w.@:/+,=-]+$/.test(picked) ? picked : `'${picked}'`}`)}\n`;
      }
    }
    const [word = "NAME", ...run] = this.words;
    if (word === "") throw new UserError("the name is empty", { hints: ["aws-as list"], exitCode: 2 });
    const parent = await this.context.machine.parentProgram();
    const { names, setup, typed } = callersShell(parent);
    const isPlain = (text: string) => /^[\w.@:/+,=-]+$/.test(text);
    const isOption = run[0]?.startsWith("-") === true;
    const options = isOption && run.every(isPlain) ? ["", ...run].join(" ") : "";
    const acting = typed.evaluate(`aws-as env ${isPlain(word) ? word : "NAME"}${options}`);
    const [shell = "", ...flags] = parent?.words ?? [];
    // A script, or what make and programs start: where functions are aliases they are not there on the line that makes them.
    const isScript = flags.some((each) => each === "-c" || !each.startsWith("-"));
    const isRestricted =
      names.includes("sh") &&
      (/\br(ba|k|z)?sh$/.test(shell) || flags.some((each) => /^-\w*r\w*$/.test(each)));
    throw new UserError(
      `"${word}" is not a command of aws-as, and a program cannot switch the shell by itself`,
      {
        hints: [
          ...(run.length === 0 || isOption
            ? []
            : [`to run a command as an identity: ${execLine(word, run)}`]),
          ...suggest(word, verbs).map((verb) => `did you mean aws-as ${verb}?`),
          ...(isScript || isRestricted || isOption
            ? [`to act as an identity in such a shell: ${acting}`]
            : []),
          ...(isRestricted ? [] : [`to switch this shell by name, run this once: ${setup[0].line}`]),
          `commands: ${verbs.join(", ")}; more: aws-as --help`,
        ],
        exitCode: 2,
      },
    );
  }
}
