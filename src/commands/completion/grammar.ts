import { Cli, type CommandClass } from "clipanion";
import type { Context } from "../../cli/context.ts";

/** What people can type after `aws-as`, told by the commands themselves. */
export interface Grammar {
  /** The commands that help lists. */
  readonly verbs: readonly Verb[];
  /** The words that an option or an argument takes, where they are few: by verb, then by its name. */
  readonly choices: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface Verb {
  /** One word, or two with a blank between: `login`, `store setup`. */
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** The names of its arguments, in their order. */
  readonly parameters: readonly string[];
  /** Whether any number of words may follow. */
  readonly open: boolean;
}

export interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
}

/** Reads the verbs from clipanion's own description of the commands. */
export function verbsOf(commands: readonly CommandClass<Context>[]): Verb[] {
  return Cli.from<Context>([...commands], { binaryName: "aws-as" })
    .definitions()
    .map(({ path, usage, description = "", options }) => {
      // `aws-as env <identity>`: arguments as `<…>` or `[…]`; any number of them as `...`.
      const words = usage.slice(path.length).split(" ").filter(Boolean);
      return {
        name: path.split(" ").slice(1).join(" "),
        description: description.trim(),
        flags: options.map(({ definition, description: of = "" }) => {
          const [names = "", ...values] = definition.split(" ");
          return { names: names.split(","), description: of.trim(), takesValue: values.length > 0 };
        }),
        parameters: words.filter((word) => word !== "...").map((word) => word.slice(1, -1)),
        open: words.includes("..."),
      };
    });
}
