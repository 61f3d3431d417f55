import { Readable } from "node:stream";
import type { Cli as ClipanionCli, CommandClass, Definition } from "clipanion";
import { type CliRoute, type CommandName, hidden } from "../argv.ts";
import { suggest } from "../system/suggest.ts";
import { UserError } from "../system/user-error.ts";
import { attempt, isDebug } from "./attempt.ts";
import type { Context } from "./base-command.ts";
import { version } from "./version.ts";

/** The streams and what they can show (`colorDepth` 1: no colours), the world, and what a failure prints. */
type Input = Pick<Context, "machine" | "stdout" | "stderr" | "colorDepth" | "failure" | "columns">;

/** What loads each command. */
export type CommandTable = Readonly<Record<CommandName, () => Promise<CommandClass<Context>>>>;

/**
 * Parses the options, runs the command and gives the exit status. clipanion writes its own errors to standard output,
 * where `eval` would run and an SDK would parse them; here they go to standard error.
 */
export async function runCli(route: CliRoute, commands: CommandTable, input: Input): Promise<number> {
  const { machine, failure } = input;
  const options = { debug: isDebug(machine.env), failure, parentProgram: machine.parentProgram };
  const refuse = (error: UserError) => attempt(input, options, () => Promise.reject(error));
  if (route.kind === "mistake") {
    const hints = [...meantOf(route.typed, route.known), route.hint];
    return refuse(new UserError(route.message, { hints, exitCode: 2 }));
  }
  if (route.kind === "help") {
    const [{ evaluated, helpText }, { inCallersShell }, { screenOf }] = await Promise.all([
      import("./help.ts"),
      import("./in-shell.ts"),
      import("./screen.ts"),
    ]);
    const { colors } = screenOf(input);
    const text = await helpText(route, commands, Math.min(input.columns ?? 80, 100));
    const said = inCallersShell(text, await machine.parentProgram());
    const stream = route.isAsked && !evaluated.includes(route.topic) ? input.stdout : input.stderr;
    stream.write(said.replace(/^[A-Z][\w ]*:$/gm, (heading) => colors.bold(heading)));
    return route.isAsked ? 0 : 2;
  }

  const { Cli } = await import("clipanion");
  const cli = new Cli<Context>({ binaryName: "aws-as", binaryLabel: "aws-as", binaryVersion: version });
  cli.register(await commands[route.name]());

  // Standard input is not opened: it may be closed, or a pipe that never ends, and no command reads it.
  const context: Context = {
    ...input,
    run: route.run ?? [],
    stdin: Readable.from([]),
    env: { ...input.machine.env },
  };
  let command: ReturnType<ClipanionCli<Context>["process"]>;
  try {
    command = cli.process([...route.name.split(" "), ...route.words], context);
  } catch (error) {
    return refuse(await usageError(error, route.name, cli.definitions()));
  }
  return cli.run(command, context);
}

/** Loads some of the commands, in that order. */
export function loadCommands(
  names: readonly CommandName[],
  commands: CommandTable,
): Promise<CommandClass<Context>[]> {
  return Promise.all(names.map((name) => commands[name]()));
}

/** clipanion's errors in our voice. Each candidate of an unknown syntax says why it did not fit. */
async function usageError(
  error: unknown,
  name: CommandName,
  [definition]: readonly Definition[],
): Promise<UserError> {
  const candidates = (error as { candidates?: { reason: string | null }[] }).candidates ?? [];
  const reason = candidates.map((candidate) => candidate.reason).find((text) => text !== null);
  const text = (reason ?? (error instanceof Error ? error.message : String(error))).split("\n")[0] ?? "";
  const word = /"(.*)"/s.exec(text)?.[1] ?? "";
  const { argumentsOf, optionOf } = await import("./help.ts");
  const options = definition?.options.flatMap((option) => optionOf(option.definition).names) ?? [];
  const needed = argumentsOf(name, definition?.usage ?? "").filter((argument) => !argument.startsWith("["));
  return new UserError(inOurVoice(text, word, name, needed), {
    hints: [
      ...(text.startsWith("Unsupported option") ? meantOf(word, options) : []),
      hidden.includes(name) ? "aws-as --help" : `aws-as ${name} --help`,
    ],
    exitCode: 2,
  });
}

function inOurVoice(text: string, word: string, name: CommandName, needed: readonly string[]): string {
  if (text.startsWith("Not enough positional")) return `aws-as ${name} needs ${needed.join(" and ")}`;
  if (text.startsWith("Extraneous")) return `aws-as ${name} does not know what to do with "${word}"`;
  if (text.startsWith("Unsupported option")) return `aws-as ${name} has no option "${word}"`;
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}

function meantOf(typed: string, known: readonly string[]): string[] {
  const meant = suggest(typed, known);
  return meant.length === 0 ? [] : [`did you mean ${meant.join(" or ")}?`];
}
