import { described } from "../answer.ts";
import { type Change, withoutNul } from "../change.ts";
import { type ActivationParts, type Dialect, leftAlone, type Shell, type Typed } from "../dialect.ts";
import { memoryJson } from "../memory-json.ts";
import { filled } from "../text.ts";

/** Code for elvish's `eval (… | slurp)`. */
export const dialect: Dialect = {
  render: (changes) => (changes.length === 0 ? "nop\n" : `${changes.map(statement).join("; ")}\n`),
  renderForFunctions: memoryJson,
  failure: "fail 'aws-as failed'\n",
};

function statement(change: Change): string {
  return change.kind === "unset"
    ? `unset-env ${change.name}`
    : `set-env ${change.name} ${quoted(withoutNul(change.name, change.value))}`;
}

/** A string of elvish, on one line, in ASCII. */
export function quoted(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `"${Array.from(text, (each) => (/[A-Za-z0-9_]/.test(each) ? each : escaped(each))).join("")}"`;
}

function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`;
}

const typed: Typed = {
  evaluate: (command) => `eval (${command} | slurp)`,
  unset: (names) => names.map((name) => `unset-env ${name}`).join("; "),
  ask: (name) => `set-env ${name} (read-line)`,
  set: (name, value) => `set-env ${name} ${value}`,
};

export const elvish: Shell = {
  names: ["elvish"],
  programs: ["elvish"],
  typed,
  setup: [
    {
      shells: "elvish",
      file: "~/.config/elvish/rc.elv",
      line: "eval (aws-as --shell elvish | slurp)",
    },
  ],
  dialect,
  activation,
  completion: [{ name: "elvish", answer: (words, find) => described(find(words)) }],
  completionAlone: [],
};

/** Text for `eval (… | slurp)`. */
async function activation(given: ActivationParts): Promise<string> {
  const { program, cleared, version, verbs, notes, memory, provided } = given;
  const [{ default: script }, { default: editor }] = await Promise.all([
    import("./functions.elv"),
    import("./editor.elv"),
  ]);
  const said = notes.map((note) => ("value" in note ? `&${note.name}=${quoted(note.value)}` : ""));
  return filled(script, {
    NODE: quoted(program[0]),
    SCRIPT: quoted(program[1]),
    PROGRAM: program.map(quoted).join(" "),
    CLEARED: cleared.map((name) => `${name}=`).join(" "),
    MEMORY: memory,
    CREDENTIALS: provided.credentials.join(" "),
    REGIONS: provided.regions.join(" "),
    MARKS: provided.marks.join(" "),
    ALONE: leftAlone,
    VERSION: version,
    VERBS: verbs.join(" "),
    NOTES: said.length === 0 ? "&" : said.join(" "),
    // A string of elvish may go over lines.
    EDITOR: `'${editor.replaceAll("'", "''")}'`,
  });
}
