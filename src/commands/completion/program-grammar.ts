import { commands } from "../commands.ts";
import { choices } from "./choices.ts";
import { type Grammar, verbsOf } from "./grammar.ts";

/** What can be typed, for the build, which puts it into the file that completes. */
export const grammar: Grammar = { verbs: verbsOf(commands), choices: choices() };
