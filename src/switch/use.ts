import { Option } from "clipanion";
import { verbs } from "../argv.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import { bourne } from "../emit/bourne/shell.ts";
import { UserError } from "../system/user-error.ts";
import { shellOf } from "./which-shell.ts";

/**
 * `aws-as NAME` without the shell functions: a program cannot change the shell that calls it, so it says what can. Not
 * for people, so help does not list it.
 */
export class UseCommand extends AwsAsCommand {
  static override paths = [["use"]];

  words = Option.Proxy({ name: "identity" });

  protected override async perform(): Promise<string> {
    const word = this.words[0] ?? "NAME";
    const { setup } = shellOf(await this.context.machine.parentProgram()) ?? bourne;
    throw new UserError(
      `"${word}" is not a command of aws-as, and a program cannot switch the shell by itself`,
      {
        hints: [
          `to switch this shell by name, run this once: ${setup[0].line}`,
          `commands: ${verbs.join(", ")}; aws-as --help tells more`,
        ],
        exitCode: 2,
      },
    );
  }
}
