import { fitting, lines } from "../answer.ts";
import { readBashLine } from "../bourne/answer.ts";
import { type Change, type Memory, noteVariable, UnsayableValue, withoutNul } from "../change.ts";
import { type ActivationParts, type Dialect, leftAlone, type Shell, type Typed } from "../dialect.ts";
import { filled, octal } from "../text.ts";

/**
 * Code for csh and tcsh, in which an `eval` of backquotes joins everything to one line, braces are expanded on the way
 * and `!` is history even in single quotes.
 *
 * A backslash before a builtin does not keep an alias of that name out: it makes an unknown command of it. What stands
 * after `if (1)` is not looked up among the aliases.
 */
export const dialect: Dialect = {
  render: (changes) => group(changes) + untilIn(changes),
  renderForFunctions: group,
  failure: "false;\n",
};

/** No comma (braces), no `~ # ! ^ * ? [ ] { }`, no blank, no backslash; tcsh expands a `=` in front. */
const plain = /^(?!=)[A-Za-z0-9_/+=.:@%-]+$/;

/** BSD csh refuses words of 4 kB. */
const longestWord = 4000;

/** As one word, a text that was cut off is an unmatched quote and runs nothing. */
function group(changes: readonly (Change | Memory)[]): string {
  if (changes.length === 0) return "if (1) :;\n";
  const text = changes.map(statement).join("");
  return text.length > longestWord ? text : `if (1) eval '${text.trimEnd().replaceAll("\n", " ")}';\n`;
}

/** What activated aliases need to tell the end of the credentials, as tcsh cannot read the time that says it. */
function untilIn(changes: readonly Change[]): string {
  const value = (name: string) => {
    const change = changes.find((each) => each.kind === "set" && each.name === name);
    return change?.kind === "set" ? change.value : "";
  };
  const until = Date.parse(value("AWS_CREDENTIAL_EXPIRATION")) / 1000;
  if (Number.isNaN(until)) return "";
  const notes = { key: value("AWS_ACCESS_KEY_ID"), until: String(Math.floor(until)) };
  return Object.entries(notes)
    .map(
      ([name, text]) =>
        `if ($?__aws_as_show) ${assignment(`__aws_as_${name}`, text).slice("if (1) ".length)}`,
    )
    .join("");
}

function statement(change: Change | Memory): string {
  switch (change.kind) {
    case "set":
      return `if (1) setenv ${change.name} ${word(change.name, change.value)};\n`;
    case "unset":
      return `if (1) unsetenv ${change.name};\n`;
    case "note":
      return assignment(noteVariable(change.name), change.value);
    case "keep":
      return `if (1) set ${keptIn(change.name)}=${present(change.name)};\n`;
    case "forget":
      return `if (1) unset ${keptIn(change.name)};\n`;
    case "restore": {
      const kept = keptIn(change.name);
      // Variables are put in before the condition is looked at, so what may not exist stands in a text of its own.
      return `if ($?${kept}) eval if \\(1\\) setenv ${change.name} \\$${kept}:q;\nif (1) unset ${kept};\n`;
    }
  }
}

/** BSD csh refuses names of more than 30 characters: three of each word, AWS aside, tell ours apart. */
function keptIn(name: string): string {
  const words = name.split("_").filter((word) => word !== "AWS");
  return `__aws_as_kept_${words.map((word) => word.slice(0, 3)).join("")}`;
}

/** What it holds now. The same limit is there for reading an environment variable. */
function present(name: string): string {
  return name.length > 30 ? `"\`\\printenv ${name}\`"` : `$${name}:q`;
}

/** Sets a variable of the shell. */
function assignment(name: string, value: string): string {
  return `if (1) set ${name}=${word(name, value)};\n`;
}

/** The value as one word without single quotes, so that the whole can stand in them. */
function word(name: string, value: string): string {
  withoutNul(name, value);
  if (/[\r\n]/.test(value)) throw new UnsayableValue(name, "a line end");
  if (value === "") return '""';
  return plain.test(value) ? value : `"\`\\printf ${octal(value).replaceAll("\\", "\\\\")}\`"`;
}

const typed: Typed = {
  evaluate: (command) => `eval \`${command}\``,
  unset: (names) => names.map((name) => `unsetenv ${name}`).join("; "),
  ask: (name) => `stty -echo; setenv ${name} $<:q; stty echo`,
  set: (name, value) => `setenv ${name} ${value}`,
};

export const csh: Shell = {
  names: ["csh", "tcsh"],
  programs: ["csh", "bsd-csh", "tcsh"],
  typed,
  setup: [{ shells: "csh, tcsh", file: "~/.cshrc or ~/.tcshrc", line: "if ($?prompt) eval `aws-as -c`" }],
  dialect,
  activation,
  completion: [
    {
      name: "csh",
      // tcsh splits what it reads at blanks, so a word with one cannot be offered.
      answer: (_, find, env) => {
        const { words } = readBashLine(env["COMMAND_LINE"] ?? "", "");
        return lines(fitting(words, find).flatMap(({ word }) => (/\s/.test(word) ? [] : [word])));
      },
    },
  ],
  // csh itself has no completion.
  completionAlone: [
    {
      names: ["tcsh"],
      setup: { shells: "tcsh", file: "~/.tcshrc", line: 'eval "`aws-as completion tcsh`"' },
      // The backslash keeps an alias of that name out, which activation makes.
      code: async () => filled((await import("./complete.csh")).default, { PROGRAM: "\\aws-as" }),
    },
  ],
};

/** A variable for each part of the script, and `start` run. Statements end in `;`, as `eval` joins the lines. */
async function activation(given: ActivationParts): Promise<string> {
  const { program, cleared, version, verbs, notes, memory, provided } = given;
  const texts = await Promise.all([import("./complete-activated.csh"), import("./functions.csh")]);
  const isVerb = verbs.map((verb) => `$__aws_as_word:q == x${verb}`).join(" || ");
  const dropped = (names: readonly string[]) => names.map((name) => `if (1) unsetenv ${name}`).join("\n");
  const parts = filled(texts.map((text) => text.default).join(""), {
    VERBS: isVerb,
    MEMORY: memory === "" ? "''" : memory,
    CREDENTIALS: dropped(provided.credentials),
    MARKS: dropped(provided.marks),
    ALONE: leftAlone,
  })
    .replaceAll(" \\\n", " ")
    .split(/^(\w+):\n/m)
    .slice(1);
  const variables = parts.flatMap((label, at) =>
    at % 2 === 0 ? [`if (1) set __aws_as_${label}=${quoted(joined(parts[at + 1] ?? ""))};\n`] : [],
  );
  const emptied = cleared.map((name) => `${name}=`);
  return [
    list("__aws_as_program", program),
    list("__aws_as_clear", emptied),
    list("__aws_as_call", [...emptied, `AWS_AS_FUNCTIONS=${version}`]),
    notes.length === 0 ? "" : dialect.renderForFunctions(notes),
    ...variables,
    "if (1) eval $__aws_as_start:q;\n",
  ].join("");
}

/** Sets a variable of the shell to several words. */
function list(name: string, words: readonly string[]): string {
  return `if (1) set ${name}=(${words.map((each) => word(name, each)).join(" ")});\n`;
}

function joined(lines: string): string {
  return lines.trimEnd().replaceAll("\n", "; ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
