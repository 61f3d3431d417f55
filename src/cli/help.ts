import { type CommandName, commandNames, type HelpRoute, hidden, secondWords, verbs } from "../argv.ts";
import type { Context } from "./base-command.ts";
import type { CommandTable } from "./run.ts";
import { groups, summaries, verbSummaries } from "./summaries.ts";

/** What is asked for, as lines of at most `width` columns. */
export async function helpText(
  { topic, isAsked }: HelpRoute,
  commands: CommandTable,
  width: number,
): Promise<string> {
  if (topic === undefined) return isAsked ? helpOnAll(width) : shortHelp(width);
  if (!isCommand(topic)) return helpOnVerb(topic, width);
  return commandText(await helpOnCommand(topic, commands), width);
}

export const purpose = "venv for AWS identities: one MFA code serves every role, shell, SDK and process.";
export const usage: readonly Row[] = [
  ["aws-as NAME", "this shell acts as NAME: a profile, a role's ARN, or ACCOUNT/ROLE"],
  ["aws-as -", "this shell acts as nobody"],
  ["aws-as COMMAND", "everything else"],
];
export const activation = 'The first two need the shell functions, once in each shell: eval "$(aws-as -s)"';

export const options: readonly Row[] = [
  ["-s, -c", "print the shell functions, as `aws-as activate` does"],
  ["--shell SHELL", "the same for that shell"],
  ["-h, --help", "show this; behind a command, what it does"],
  ["-v, --version", "show the version"],
];
export const examples: readonly Example[] = [
  { what: "MFA-backed profiles for aws-cli and every SDK", lines: ["aws-as init"] },
  {
    what: "this shell acts as a role, and then as nobody",
    lines: ['eval "$(aws-as -s)"', "aws-as my-role1", "aws-as -"],
  },
];

/** For a command line that names nothing. */
function shortHelp(width: number): string {
  return `${purpose}

Usage:
${table(usage, width)}
${inLines(`Commands: ${verbs.join(", ")}.`, width)}
${activation}
All of it: aws-as --help
`;
}

function helpOnAll(width: number): string {
  const listed = groups.map(({ title, verbs }) => {
    const rows = verbs.map((verb): Row => [verb, isCommand(verb) ? summaries[verb] : below(verb)]);
    return `${title}:\n${table(rows, width, longestVerb)}`;
  });
  return `${purpose}

Usage:
${table(usage, width)}${activation}

${listed.join("\n")}
Options:
${table(options, width)}
${exampleText(examples)}
Learn more:
  aws-as help COMMAND, aws-as explain NAME, aws-as doctor
`;
}

const longestVerb = Math.max(...groups.flatMap(({ verbs }) => verbs).map((verb) => verb.length));

/** A verb's own sentence, with the words that may follow it. */
function below(verb: string): string {
  return `${verbSummaries[verb]}: ${secondWords(verb).join(", ")}`;
}

function helpOnVerb(verb: string, width: number): string {
  const words = secondWords(verb);
  const rows = words.map((word): Row => [word, summaries[`${verb} ${word}` as CommandName]]);
  return `aws-as ${verb}: ${verbSummaries[verb]}

Usage:
  aws-as ${verb} COMMAND

Commands:
${table(rows, width)}
Learn more:
  aws-as help ${verb} ${words[0]}
`;
}

/** What is said of a command, for help and for the manual. Texts hold code in backticks. */
export interface CommandHelp {
  readonly name: CommandName;
  readonly summary: string;
  readonly usage: string;
  readonly paragraphs: readonly string[];
  readonly options: readonly Row[];
  readonly examples: readonly Example[];
}

/** Reads it from what clipanion knows of the command. */
export async function helpOnCommand(name: CommandName, commands: CommandTable): Promise<CommandHelp> {
  const { Cli } = await import("clipanion");
  const [definition] = Cli.from<Context>(await commands[name](), { binaryName: "aws-as" }).definitions();
  if (definition === undefined) throw new Error("a command without a description");
  const { usage, options, examples = [], details = "" } = definition;
  return {
    name,
    summary: summaries[name],
    usage: ["aws-as", name, "[OPTIONS]", ...argumentsOf(name, usage), ...behind(name)].join(" "),
    paragraphs: paragraphs(details),
    options: [
      ...options.map(({ definition, description = "" }) => optionRow(definition, description)),
      ["-h, --help", "show this"],
    ],
    examples: examples.map(([what, line]) => ({ what: what.trim(), lines: [line.trim()] })),
  };
}

function commandText({ name, summary, usage, paragraphs, options, examples }: CommandHelp, width: number) {
  return [
    `${inLines(`aws-as ${name}: ${unquoted(summary)}`, width)}\n`,
    `Usage:\n  ${usage}\n`,
    ...paragraphs.map((text) => `${isLine(text) ? text : inLines(unquoted(text), width)}\n`),
    `Options:\n${table(options, width)}`,
    ...(examples.length === 0 ? [] : [exampleText(examples)]),
  ].join("\n");
}

interface Example {
  readonly what: string;
  readonly lines: readonly string[];
}

function exampleText(examples: readonly Example[]): string {
  const shown = examples.map(
    ({ what, lines }) => `  # ${what}\n${lines.map((line) => `  $ ${line}\n`).join("")}`,
  );
  return `Examples:\n${shown.join("\n")}`;
}

/** The arguments in the usage of a command that clipanion writes: NAME, `[NAME]` where it may be left out. */
export function argumentsOf(name: CommandName, usage: string): string[] {
  return usage
    .slice(`aws-as ${name}`.length)
    .replace(/\[-[^\]]*\]/g, "")
    .split(" ")
    .filter(Boolean)
    .map((word) => (word === "..." ? "[NAME...]" : shownArgument(word)));
}

/** What argv.ts takes off before clipanion sees the words. */
function behind(name: CommandName): string[] {
  return name === "exec" ? ["--", "COMMAND..."] : [];
}

/** `<identity>` and `[identity]` as people know them. */
function shownArgument(word: string): string {
  return word
    .replace("identity", "name")
    .toUpperCase()
    .replace(/^<(.*)>$/, "$1");
}

/** What clipanion's definition of an option says: `-p,--prefix #0`. */
export function optionOf(definition: string): { readonly names: string[]; readonly takesValue: boolean } {
  const [names = "", ...values] = definition.split(" ");
  return { names: names.split(","), takesValue: values.length > 0 };
}

/** An option with its value, whose name is the quoted word of the description, as in Go's package flag. */
function optionRow(definition: string, description: string): Row {
  const { names, takesValue } = optionOf(definition);
  const value = takesValue ? ` ${/`([^`]+)`/.exec(description)?.[1] ?? "VALUE"}` : "";
  return [`${names.join(", ")}${value}`, description];
}

/** A text for people without the marks of code. */
export function unquoted(text: string): string {
  return text.trim().replaceAll("`", "");
}

function paragraphs(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s*\n\s*/g, " "))
    .filter((paragraph) => paragraph !== "");
}

/** An item of a list with a command, which is to be copied: its backticks are the command's own. */
export function isLine(text: string): boolean {
  return text.startsWith("- ");
}

export type Row = readonly [name: string, what: string];

/** Names and what they do, in two columns; the second goes on below itself. */
function table(
  rows: readonly Row[],
  width: number,
  longest = Math.max(...rows.map(([name]) => name.length)),
) {
  const indent = longest + 4;
  return rows
    .map(([name, what]) => `${inLines(`  ${name.padEnd(longest)}  ${unquoted(what)}`, width, indent)}\n`)
    .join("");
}

/** A text in lines of at most `width` columns, of which all but the first are indented. */
function inLines(text: string, width: number, indent = 0): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(" ".repeat(indent) + word);
  }
  return lines.join("\n");
}

function isCommand(word: string): word is CommandName {
  return (commandNames as readonly string[]).includes(word);
}

/** Commands whose results are evaluated or parsed: nothing for people may stand on their standard output. */
export const evaluated: readonly (string | undefined)[] = ["env", "activate", "process", ...hidden];
