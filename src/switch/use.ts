import { Command, Option } from "clipanion";
import { verbs } from "../argv.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import { UserError } from "../system/user-error.ts";
import { callersShell } from "./say.ts";

/**
 * `aws-as NAME` without the shell functions: a program cannot change the shell that calls it, so it says what can.
 */
export class UseCommand extends AwsAsCommand {
  static override paths = [["use"]];
  static override usage = Command.Usage({});

  words = Option.Proxy({ name: "identity" });

  protected override async perform(): Promise<string> {
    const [word = "NAME"] = this.words;
    if (word === "") throw new UserError("the name is empty", { hints: ["aws-as list"], exitCode: 2 });
    const parent = await this.context.machine.parentProgram();
    const { setup, typed } = callersShell(parent);
    const acting = typed.evaluate(`aws-as env ${/^[\w.@:/+,=-]+$/.test(word) ? word : "NAME"}`);
    // A script, or what make and programs start: where functions are aliases they are not there on the line that makes them.
    const isScript = parent?.words.slice(1).some((each) => each === "-c" || !each.startsWith("-")) ?? false;
    throw new UserError(
      `"${word}" is not a command of aws-as, and a program cannot switch the shell by itself`,
      {
        hints: [
          ...(isScript ? [`to act as an identity in a script: ${acting}`] : []),
          `to switch this shell by name, run this once: ${setup[0].line}`,
          `commands: ${verbs.join(", ")}; aws-as --help tells more`,
        ],
        exitCode: 2,
      },
    );
  }
}
