import { commandNames } from "../../argv.ts";
import { loadCommands } from "../../cli/run.ts";
import { commands } from "../commands.ts";
import { choices } from "./choices.ts";
import { type Grammar, verbsOf } from "./grammar.ts";

/** What can be typed, for the build, which puts it into the file that completes. */
export async function programGrammar(): Promise<Grammar> {
  return { verbs: verbsOf(await loadCommands(commandNames, commands)), choices: choices() };
}
