import { Command, Option } from "clipanion";
import { tellOn } from "../cli/attempt.ts";
import { AwsAsCommand } from "../cli/base-command.ts";
import type { Shell } from "../emit/dialect.ts";
import { UserError } from "../system/user-error.ts";
import { changesFor } from "./run.ts";
import { callersShell, chosenDialect, rendered } from "./say.ts";

export class EnvCommand extends AwsAsCommand {
  static override paths = [["env"]];
  static override usage = Command.Usage({
    details: `
      Prints shell code for \`eval\`, or with \`--format\` data. \`-\` in place of a name takes back what aws-as has set.
      It speaks the language of the shell that calls. When it fails, the code that it prints is \`false\`, so that \`eval\` fails too.
    `,
    examples: [
      ["act as a role in this shell", 'eval "$($0 env my-role1)"'],
      ["be nobody again", 'eval "$($0 env -)"'],
      ["for docker run --env-file", "$0 env my-role1 --format dotenv"],
    ],
  });

  identity = Option.String({ name: "identity" });
  shell = Option.String("--shell", {
    description: "code for `SHELL`: sh, bash, zsh, fish, csh, ...; without it, the shell that calls",
  });
  format = Option.String("--format", { description: "data in `FORMAT` json or dotenv in place of code" });
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });

  protected override async perform(): Promise<string> {
    const { machine, stderr, columns } = this.context;
    const parent = await machine.parentProgram();
    const dialect = chosenDialect(this.shell, this.format, parent);
    if (columns !== undefined && this.identity !== "-") throw onTerminal(this.identity, callersShell(parent));
    const request = { name: this.identity, code: this.code };
    return rendered(dialect, await changesFor(request, machine, tellOn(stderr)));
  }
}

/** Nothing evaluates what goes to a terminal, so it would only show secrets. */
function onTerminal(name: string, { typed }: Shell): UserError {
  const command = `aws-as env ${/^[\w.@:/+,=-]+$/.test(name) ? name : `'${name}'`}`;
  return new UserError("this would show the secrets of a session on the terminal, and switch nothing", {
    hints: [`to switch this shell: ${typed.evaluate(command)}`, `to see them: ${command} | cat`],
    exitCode: 2,
  });
}
