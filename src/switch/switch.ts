import { Option } from "clipanion";
import { tellOn } from "../cli/attempt.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import { UserError } from "../system/user-error.ts";
import { changesForFunctions, changesForLeaving } from "./run.ts";
import { chosenShell, renderedForFunctions } from "./say.ts";

/**
 * What the shell functions call: `env`, and what only they remember. They ask for the exit status, and evaluate nothing
 * after a failure. Not for people, so help does not list it.
 */
export class SwitchCommand extends AwsAsCommand {
  static override paths = [["switch"]];

  shell = Option.String({ name: "shell" });
  identity = Option.String({ name: "identity", required: false });
  leave = Option.Boolean("--leave", false);
  code = Option.String("--code");

  protected override async perform(): Promise<string> {
    const { machine, stderr } = this.context;
    const shell = chosenShell(this.shell);
    const told = tellOn(stderr);
    if (this.leave) return renderedForFunctions(shell, await changesForLeaving(machine, told));
    if (this.identity === undefined) {
      throw new UserError("no identity is named", {
        hints: ["aws-as NAME, or aws-as - for nobody"],
        exitCode: 2,
      });
    }
    const request = { name: this.identity, code: this.code };
    return renderedForFunctions(shell, await changesForFunctions(request, machine, told));
  }
}
