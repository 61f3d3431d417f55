import { Readable } from "node:stream";
import { Cli, type CommandClass } from "clipanion";
import { UserError } from "../system/user-error.ts";
import { attempt, isDebug } from "./attempt.ts";
import { AwsAsCommand } from "./base-command.ts";
import type { Context } from "./context.ts";
import { version } from "./version.ts";

/** The streams and what they can show (`colorDepth` 1: no colours), the world, and what a failure prints. */
type Input = Pick<Context, "machine" | "stdout" | "stderr" | "colorDepth" | "failure" | "columns">;

/**
 * Parses the arguments, runs the command and gives the exit status. clipanion writes help and its own errors to
 * standard output, where `eval` would run and an SDK would parse them; here they go to standard error.
 */
export async function runCli(
  argv: readonly string[],
  commands: readonly CommandClass<Context>[],
  input: Input,
): Promise<number> {
  // Standard input is not opened: it may be closed, or a pipe that never ends, and no command reads it.
  const context: Context = { ...input, stdin: Readable.from([]), env: { ...input.machine.env } };
  const cli = new Cli<Context>({
    binaryName: "aws-as",
    binaryLabel: "aws-as",
    binaryVersion: version,
    enableColors: input.colorDepth > 1,
  });
  for (const command of commands) cli.register(command);
  const known = new Set(commands.flatMap((command) => command.paths ?? []).map(([verb]) => verb));

  const [first] = argv;
  if (first === "--version") {
    context.stdout.write(`${version}\n`);
    return 0;
  }
  if (first === undefined || first === "--help" || first === "-h") {
    context.stderr.write(cli.usage(null, { colored: input.colorDepth > 1 }));
    return first === undefined ? 2 : 0;
  }
  const options = { debug: isDebug(input.machine.env), failure: input.failure };
  const refuse = (error: UserError) => attempt(input, options, () => Promise.reject(error));
  // A name, or `-` or `--`, which the shell functions take: "use" explains that.
  if (first === "-" || first === "--" || (!first.startsWith("-") && !known.has(first))) {
    return runCli(["use", ...argv.slice(first === "--" ? 1 : 0)], commands, input);
  }
  const pairs = cli.definitions().filter(({ path }) => path.startsWith(`aws-as ${first} `));
  const [, second] = argv;
  if (pairs.length > 0 && !pairs.some(({ path }) => path === `aws-as ${first} ${second}`)) {
    const isHelp = second === "--help" || second === "-h";
    if (second !== undefined && !isHelp) {
      const hints = [`aws-as ${first} --help`];
      return refuse(new UserError(`"${first} ${second}" is no command`, { hints, exitCode: 2 }));
    }
    const width = Math.max(...pairs.map(({ path }) => path.length));
    const lines = pairs.map(({ path, description = "" }) => `${path.padEnd(width)}  ${description.trim()}\n`);
    context.stderr.write(lines.join(""));
    return isHelp ? 0 : 2;
  }

  let command: ReturnType<typeof cli.process>;
  try {
    command = cli.process([...argv], context);
  } catch (error) {
    return refuse(usageError(error, pairs.length > 0 ? `${first} ${second}` : first));
  }
  const isHelp = command.help || !(command instanceof AwsAsCommand);
  return cli.run(command, isHelp ? { ...context, stdout: context.stderr } : context);
}

/** clipanion's errors in our voice. Each candidate of an unknown syntax says why it did not fit. */
function usageError(error: unknown, verb: string): UserError {
  const candidates = (error as { candidates?: { usage: string; reason: string | null }[] }).candidates ?? [];
  const reason = candidates.map((candidate) => candidate.reason).find((text) => text !== null);
  const text = reason ?? (error instanceof Error ? error.message : String(error));
  const message = text.split("\n")[0]?.replace(/\.$/, "") ?? "";
  return new UserError(message.charAt(0).toLowerCase() + message.slice(1), {
    hints: [`aws-as ${verb.startsWith("-") ? "" : `${verb} `}--help`],
    exitCode: 2,
  });
}
