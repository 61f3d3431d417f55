import { type Change, withoutNul } from "../change.ts";
import { type ActivationParts, type Dialect, leftAlone, type Shell, type Typed } from "../dialect.ts";
import { memoryJson } from "../memory-json.ts";
import { filled } from "../text.ts";

/** Code for xonsh's `execx($(…))`, all of it plain Python. */
export const dialect: Dialect = {
  render: (changes) => (changes.length === 0 ? "pass\n" : changes.map(statement).join("")),
  renderForFunctions: memoryJson,
  failure: "raise SystemError('aws-as failed')\n",
};

function statement(change: Change): string {
  return change.kind === "unset"
    ? `__xonsh__.env.pop('${change.name}', None)\n`
    : `__xonsh__.env['${change.name}'] = ${quoted(withoutNul(change.name, change.value))}\n`;
}

/** A Python string literal in ASCII. */
export function quoted(text: string): string {
  return `"${Array.from(text, (each) => (/[A-Za-z0-9_ ./:+=@,-]/.test(each) ? each : escaped(each))).join("")}"`;
}

function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`;
}

const typed: Typed = {
  evaluate: (command) => `execx($(${command}))`,
  unset: (names) => names.map((name) => `del $${name}`).join("; "),
  ask: (name) => `$${name} = __import__("getpass").getpass()`,
  set: (name, value) => `$${name} = ${value.startsWith('"') ? value : `"${value}"`}`,
};

export const xonsh: Shell = {
  names: ["xonsh"],
  programs: ["xonsh"],
  typed,
  setup: [{ shells: "xonsh", file: "~/.config/xonsh/rc.xsh", line: "execx($(aws-as --shell xonsh))" }],
  dialect,
  activation,
  completion: [],
  completionAlone: [],
};

/** Python for `execx($(…))`. */
async function activation(given: ActivationParts): Promise<string> {
  const { program, cleared, version, verbs, notes, memory, provided } = given;
  const list = (words: readonly string[]) => words.map(quoted).join(", ");
  const said = notes.map((note) => ("value" in note ? `${quoted(note.name)}: ${quoted(note.value)}, ` : ""));
  return filled((await import("./functions.xsh")).default, {
    PROGRAM: list(program),
    CLEARED: list(cleared),
    VERSION: version,
    VERBS: list(verbs),
    MEMORY: memory,
    CREDENTIALS: list(provided.credentials),
    REGIONS: list(provided.regions),
    MARKS: list(provided.marks),
    ALONE: leftAlone,
    NOTES: `{${said.join("")}}`,
  });
}
