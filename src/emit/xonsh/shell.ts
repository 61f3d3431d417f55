import { type Change, withoutNul } from "../change.ts";
import type { ActivationParts, Dialect, Shell } from "../dialect.ts";
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

export const xonsh: Shell = {
  names: ["xonsh"],
  programs: ["xonsh"],
  setup: [{ shells: "xonsh", file: "~/.config/xonsh/rc.xsh", line: "execx($(aws-as --shell xonsh))" }],
  dialect,
  activation,
  completion: [],
  completionAlone: [],
};

/** Python for `execx($(…))`. */
async function activation({ program, version, verbs, notes }: ActivationParts): Promise<string> {
  const said = notes.map((note) => ("value" in note ? `${quoted(note.name)}: ${quoted(note.value)}, ` : ""));
  return filled((await import("./functions.xsh")).default, {
    PROGRAM: program.map(quoted).join(", "),
    VERSION: version,
    VERBS: verbs.map(quoted).join(", "),
    NOTES: `{${said.join("")}}`,
  });
}
