import { type Change, withoutNul } from "../change.ts";
import type { Dialect } from "../dialect.ts";
import { memoryJson } from "../memory-json.ts";

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
