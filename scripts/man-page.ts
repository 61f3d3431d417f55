import { secondWords } from "../src/argv.ts";
import {
  activation,
  type CommandHelp,
  examples,
  helpOnCommand,
  isLine,
  options,
  purpose,
  type Row,
  usage,
} from "../src/cli/help.ts";
import type { CommandTable } from "../src/cli/run.ts";
import { groups, verbSummaries } from "../src/cli/summaries.ts";
import { commands } from "../src/commands/commands.ts";

/**
 * The manual page, for the build: what help says, and the tables of docs/protocol.md. In the man language, which man-db, mandoc
 * and macOS's man all read: https://man.openbsd.org/man.7
 */
export async function manPage(version: string, date: string, protocol: string): Promise<string> {
  const helps = await Promise.all(groups.map(({ verbs }) => helpOn(verbs, commands)));
  return [
    `.TH AWS-AS 1 ${date} "aws-as ${version}" "User Commands"`,
    // A command is not spread over the line.
    ".ad l",
    section("Name", `aws-as \\- ${text("act as AWS identities, with one MFA code for all of them")}`),
    section("Synopsis", usage.map(([line]) => call(line)).join("\n.br\n")),
    section("Description", paragraph(purpose), rows(usage), paragraph(activation)),
    section("Options", rows(options)),
    section("Commands"),
    ...groups.flatMap(({ title }, index) => [`.SS ${quoted(title)}`, ...(helps[index] ?? []).map(command)]),
    section("Settings", ...fromDocument(protocol, "Settings in `~/.aws/config`")),
    section("Environment", ...fromDocument(protocol, "Variables")),
    section(
      "Files",
      rows([
        ["~/.aws/config, ~/.aws/credentials", "the profiles of every AWS client"],
        [
          "~/.aws/aws-as",
          "sessions and keys of the file store, encrypted; locks; what is remembered, no secrets",
        ],
      ]),
    ),
    section("Exit status", ...fromDocument(protocol, "Exit status")),
    section("Examples", ...examples.map(example)),
    section("See also", text("`aws`(1), `aws-as help COMMAND`, `aws-as explain NAME`, `aws-as doctor`")),
    "",
  ].join("\n");
}

async function helpOn(verbs: readonly string[], table: CommandTable): Promise<(CommandHelp | string)[]> {
  const helps = verbs.map(async (verb) => {
    const words = secondWords(verb);
    if (words.length === 0) return [await helpOnCommand(verb as CommandHelp["name"], table)];
    const below = words.map((word) => helpOnCommand(`${verb} ${word}` as CommandHelp["name"], table));
    return [`aws-as ${verb}: ${verbSummaries[verb]}`, ...(await Promise.all(below))];
  });
  return (await Promise.all(helps)).flat();
}

function command(help: CommandHelp | string): string {
  if (typeof help === "string") return paragraph(help);
  const { usage, summary, paragraphs, options, examples } = help;
  return [
    `.TP\n${call(usage)}`,
    text(summary),
    ".RS",
    ...paragraphs.map((each) => (isLine(each) ? `.IP \\(bu 2\n${literal(each.slice(2))}` : paragraph(each))),
    rows(options.filter(([names]) => names !== "-h, --help")),
    ...examples.map(example),
    ".RE",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** The paragraphs and the tables of two and three columns below a heading of a Markdown document. */
function fromDocument(markdown: string, heading: string): string[] {
  const [, rest] = markdown.split(`\n## ${heading}\n`);
  if (rest === undefined) throw new Error(`docs/protocol.md has no section "${heading}"`);
  const [body = ""] = rest.split("\n## ");
  return body
    .trim()
    .split(/\n{2,}/)
    .map((block) =>
      block.startsWith("|") ? rows(tableRows(block)) : paragraph(block.replaceAll("\n", " ")),
    );
}

function tableRows(block: string): Row[] {
  return block
    .split("\n")
    .slice(2)
    .map((line) => {
      const [name = "", ...rest] = line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll("\\|", "|"));
      const [meaning = "", where] = rest.reverse();
      return [unmarked(name), where === undefined ? meaning : `${meaning} (${where})`];
    });
}

function section(title: string, ...parts: readonly string[]): string {
  return [`.SH ${title.toUpperCase()}`, ...parts].join("\n").replace(/^(.*)\n\.PP\n/, "$1\n");
}

function rows(table: readonly Row[]): string {
  return table.map(([name, what]) => `.TP\n${call(name)}\n${text(what)}`).join("\n");
}

function example({ what, lines }: CommandHelp["examples"][number]): string {
  return [
    paragraph(`${what}:`),
    ".RS 4",
    ".EX",
    ...lines.map((line) => `$ ${literal(line)}`),
    ".EE",
    ".RE",
  ].join("\n");
}

function paragraph(words: string): string {
  return `.PP\n${text(words)}`;
}

/** What is typed, bold, but for what stands for something else. */
function call(line: string): string {
  return line
    .split(" ")
    .map((word) =>
      /^\[?[A-Z]+(\.\.\.)?\]?,?$/.test(word) ? `\\fI${literal(word)}\\fR` : `\\fB${literal(word)}\\fR`,
    )
    .join(" ");
}

/** A text with code in backticks, and links of which their words stay. */
function text(marked: string): string {
  const parts = marked
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .split("`")
    .map((part, index) => (index % 2 === 0 ? literal(part) : `\\fB${literal(part)}\\fR`));
  return parts.join("").replace(/^(?=['.])/, "\\&");
}

function unmarked(cell: string): string {
  return cell.replaceAll("`", "");
}

/** Stands for `\%` until backslashes are escaped. */
const unbroken = "\u0001";

/** ASCII that every roff shows as it stands, so that commands can be copied; names and paths are not hyphenated. */
function literal(words: string): string {
  return words
    .replace(/[^\s(),:;]*[_/][^\s(),:;]*/g, `${unbroken}$&`)
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga")
    .replaceAll("…", "...")
    .replaceAll(unbroken, "\\%");
}

function quoted(words: string): string {
  return `"${words}"`;
}
