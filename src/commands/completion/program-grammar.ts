import { Cli, type CommandClass } from "clipanion";
import { type CommandName, commandNames, hidden, verbs } from "../../argv.ts";
import type { Context } from "../../cli/base-command.ts";
import { optionOf, unquoted } from "../../cli/help.ts";
import { loadCommands } from "../../cli/run.ts";
import { summaries } from "../../cli/summaries.ts";
import { ways } from "../../credentials/hand-out-log.ts";
import { formats, shells } from "../../emit/shells.ts";
import { readyPolicies } from "../../session/limits.ts";
import { storeKinds } from "../../store/secret-store.ts";
import { commands } from "../commands.ts";
import type { Grammar, Verb } from "./candidates.ts";

/** What can be typed, for the build, which puts it into the file that completes. */
export async function programGrammar(): Promise<Grammar> {
  const described = verbsOf(await loadCommands(commandNames, commands));
  return { verbs: [...described, ...answeredAtOnce], choices: choices() };
}

/** Verbs that are no commands of clipanion. */
export const answeredAtOnce: readonly Verb[] = [
  { name: "help", description: "show what a command does", flags: [], parameters: ["command"], open: false },
  { name: "version", description: "show the version", flags: [], parameters: [], open: false },
];

/** The words that options and arguments take where these are names of shells or formats. */
function choices(): Grammar["choices"] {
  const shellNames = shells.flatMap(({ names }) => names);
  const limit = { "--limit": Object.keys(readyPolicies) };
  return {
    env: { ...limit, "--shell": shellNames, "--format": formats.flatMap(({ names }) => names) },
    ...Object.fromEntries(["exec", "console", "serve", "login", "explain"].map((verb) => [verb, limit])),
    activate: { "--shell": shellNames },
    help: { command: verbs },
    log: { "--way": ways },
    "store setup": { store: storeKinds },
    "store migrate": { "--to": storeKinds },
    completion: {
      shell: shells.flatMap(({ completionAlone }) => completionAlone.flatMap(({ names }) => names)),
    },
  };
}

/** Reads the verbs from clipanion's own description of the commands, without the hidden ones. */
export function verbsOf(commands: readonly CommandClass<Context>[]): Verb[] {
  return Cli.from<Context>([...commands], { binaryName: "aws-as" })
    .definitions()
    .filter(({ path }) => !hidden.some((name) => path.split(" ")[1] === name))
    .map(({ path, usage, options }) => {
      // `aws-as env <identity>`: arguments as `<…>` or `[…]`; any number of them as `...`.
      const words = usage.slice(path.length).split(" ").filter(Boolean);
      const name = path.split(" ").slice(1).join(" ");
      return {
        name,
        description: unquoted(summaries[name as CommandName]),
        flags: options.map(({ definition, description: of = "" }) => {
          return { ...optionOf(definition), description: unquoted(of) };
        }),
        parameters: words.filter((word) => word !== "...").map((word) => word.slice(1, -1)),
        open: words.includes("..."),
      };
    });
}
