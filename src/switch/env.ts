import { Command, Option } from "clipanion";
import { tellOn } from "../cli/attempt.ts";
import { AwsAsCommand, limitOption, policyOption } from "../cli/base-command.ts";
import { isLimiting, withLimits } from "../credentials/plan-for.ts";
import type { Shell } from "../emit/dialect.ts";
import { UserError } from "../system/user-error.ts";
import { changesByRenewing } from "./renewal.ts";
import { changesFor } from "./run.ts";
import { callersShell, chosenDialect, rendered } from "./say.ts";

export class EnvCommand extends AwsAsCommand {
  static override paths = [["env"]];
  static override usage = Command.Usage({
    details: `
      Prints shell code for \`eval\`, or with \`--format\` data. \`-\` in place of a name takes back what aws-as has set;
      \`--renew\` without a name gets new credentials of the identity that this shell acts as.
      It speaks the language of the shell that calls. When it fails, the code that it prints is \`false\`, so that \`eval\` fails too.
    `,
    examples: [
      ["act as a role in this shell", 'eval "$($0 env my-role1)"'],
      ["be nobody again", 'eval "$($0 env -)"'],
      ["new credentials of the same identity", 'eval "$($0 env --renew)"'],
      ["for docker run --env-file", "$0 env my-role1 --format dotenv"],
    ],
  });

  identity = Option.String({ name: "identity", required: false });
  shell = Option.String("--shell", {
    description: "code for `SHELL`: sh, bash, zsh, fish, csh, ...; without it, the shell that calls",
  });
  format = Option.String("--format", { description: "data in `FORMAT` json or dotenv in place of code" });
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });
  region = Option.String("--region", { description: "the `REGION` in place of the identity's own" });
  limit = limitOption();
  policy = policyOption();
  renew = Option.Boolean("--renew", false, {
    description: "get a new session even where the old one is good; without a name, of this shell's identity",
  });

  protected override async perform(): Promise<string> {
    const { machine, stderr, columns } = this.context;
    const dialect = await chosenDialect(this.shell, this.format, machine.parentProgram);
    const { code, region, renew } = this;
    if (this.identity === undefined && isLimiting(this)) throw noName();
    const identity = this.identity && withLimits(this.identity, this, machine);
    if (identity === undefined && (!renew || region !== undefined)) throw noName();
    if (columns !== undefined && identity !== "-") {
      throw onTerminal(identity, callersShell(await machine.parentProgram()), machine.platform);
    }
    const told = tellOn(stderr);
    const changes =
      identity === undefined
        ? (await changesByRenewing({ code }, machine, told)).changes
        : await changesFor({ name: identity, code, region, renew }, machine, told);
    return rendered(dialect, changes);
  }
}

function noName(): UserError {
  return new UserError("no identity is named", {
    hints: ["those that there are: aws-as list", "aws-as env --help"],
    exitCode: 2,
  });
}

/** Nothing evaluates what goes to a terminal, so it would only show secrets. */
function onTerminal(name: string | undefined, { typed }: Shell, platform: NodeJS.Platform): UserError {
  const word = name === undefined ? "--renew" : /^[\w.@:/+,=-]+$/.test(name) ? name : `'${name}'`;
  const command = `aws-as env ${word}`;
  return new UserError("this would show the secrets of a session on the terminal, and switch nothing", {
    hints: [
      `to switch this shell: ${typed.evaluate(command)}`,
      `to see them: ${command} | ${platform === "win32" ? "more" : "cat"}`,
    ],
    exitCode: 2,
  });
}
