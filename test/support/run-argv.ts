import { asCommand, route } from "../../src/argv.ts";
import { runCli } from "../../src/cli/run.ts";
import { commands } from "../../src/commands/commands.ts";

/** Runs a command line by the parser, also where the program has a shorter way. */
export function runArgv(argv: readonly string[], input: Parameters<typeof runCli>[2]): Promise<number> {
  const asked = route(argv);
  if (asked.kind === "version" || asked.kind === "complete") throw new Error(`${asked.kind} has no command`);
  return runCli(asCommand(asked), commands, input);
}
