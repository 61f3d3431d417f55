import { Readable, Writable } from "node:stream";
import { Cli, type CommandClass, type Definition } from "clipanion";
import { type CliRoute, type CommandName, commandNames, hidden } from "../argv.ts";
import { UserError } from "../system/user-error.ts";
import { attempt, isDebug } from "./attempt.ts";
import { AwsAsCommand, type Context } from "./base-command.ts";
import { shownOn } from "./screen.ts";
import { version } from "./version.ts";

/** The streams and what they can show (`colorDepth` 1: no colours), the world, and what a failure prints. */
type Input = Pick<Context, "machine" | "stdout" | "stderr" | "colorDepth" | "failure" | "columns">;

/** What loads each command. */
export type CommandTable = Readonly<Record<CommandName, () => Promise<CommandClass<Context>>>>;

/**
 * Parses the options, runs the command and gives the exit status. clipanion writes help and its own errors to
 * standard output, where `eval` would run and an SDK would parse them; here they go to standard error.
 */
export async function runCli(route: CliRoute, commands: CommandTable, input: Input): Promise<number> {
  const { machine, failure } = input;
  const options = { debug: isDebug(machine.env), failure, parentProgram: machine.parentProgram };
  const refuse = (error: UserError) => attempt(input, options, () => Promise.reject(error));
  if (route.kind === "mistake") {
    return refuse(new UserError(route.message, { hints: [route.hint], exitCode: 2 }));
  }

  const cli = new Cli<Context>({
    binaryName: "aws-as",
    binaryLabel: "aws-as",
    binaryVersion: version,
    enableColors: input.colorDepth > 1,
  });
  const names =
    route.kind === "command"
      ? [route.name]
      : commandNames.filter(
          (name) => !hidden.includes(name) && (route.verb === undefined || name.startsWith(`${route.verb} `)),
        );
  for (const command of await loadCommands(names, commands)) cli.register(command);
  const help = new Writable({
    write: (text, _, done) => {
      input.stderr.write(shownOn(String(text), machine.env, machine.platform));
      done();
    },
  });
  if (route.kind === "help") {
    const colored = input.colorDepth > 1;
    help.write(route.verb === undefined ? cli.usage(null, { colored }) : listOf(cli.definitions()));
    return route.isAsked ? 0 : 2;
  }

  // Standard input is not opened: it may be closed, or a pipe that never ends, and no command reads it.
  const context: Context = { ...input, stdin: Readable.from([]), env: { ...input.machine.env } };
  let command: ReturnType<typeof cli.process>;
  try {
    command = cli.process([...route.name.split(" "), ...route.words], context);
  } catch (error) {
    return refuse(usageError(error, route.name));
  }
  const isHelp = command.help || !(command instanceof AwsAsCommand);
  return cli.run(command, isHelp ? { ...context, stdout: help } : context);
}

/** Loads some of the commands, in that order. */
export function loadCommands(
  names: readonly CommandName[],
  commands: CommandTable,
): Promise<CommandClass<Context>[]> {
  return Promise.all(names.map((name) => commands[name]()));
}

/** Commands, each on a line with what it does. */
function listOf(definitions: readonly Pick<Definition, "path" | "description">[]): string {
  const width = Math.max(...definitions.map(({ path }) => path.length));
  return definitions
    .map(({ path, description = "" }) => `${path.padEnd(width)}  ${description.trim()}\n`)
    .join("");
}

/** clipanion's errors in our voice. Each candidate of an unknown syntax says why it did not fit. */
function usageError(error: unknown, name: CommandName): UserError {
  const candidates = (error as { candidates?: { usage: string; reason: string | null }[] }).candidates ?? [];
  const reason = candidates.map((candidate) => candidate.reason).find((text) => text !== null);
  const text = reason ?? (error instanceof Error ? error.message : String(error));
  const message = text.split("\n")[0]?.replace(/\.$/, "") ?? "";
  return new UserError(message.charAt(0).toLowerCase() + message.slice(1), {
    hints: [hidden.includes(name) ? "aws-as --help" : `aws-as ${name} --help`],
    exitCode: 2,
  });
}
