import {
  type Change,
  keptVariable,
  type Memory,
  noteVariable,
  UnsayableValue,
  withoutNul,
} from "./change.ts";
import type { Dialect } from "./dialect.ts";
import { octal } from "./octal.ts";

/**
 * Code for csh and tcsh, in which an `eval` of backquotes joins everything to one line, braces are expanded on the way
 * and `!` is history even in single quotes.
 */
export const csh: Dialect = {
  names: ["csh", "tcsh"],
  kind: "shell",
  render: statements,
  renderForFunctions: statements,
  call: (words) => `${words.map((word) => argument(word)).join(" ")};\n`,
  failure: "false;\n",
};

const plain = /^[A-Za-z0-9_/+=.:@%-]*$/;

function statements(changes: readonly (Change | Memory)[]): string {
  return changes.length === 0 ? ":;\n" : changes.map(statement).join("");
}

function statement(change: Change | Memory): string {
  switch (change.kind) {
    case "set":
      return `setenv ${change.name} ${argument(change.value, change.name)};\n`;
    case "unset":
      return `unsetenv ${change.name};\n`;
    case "note":
      return `set ${noteVariable(change.name)}=${argument(change.value, change.name)};\n`;
    case "keep":
      return `set ${keptVariable(change.name)}="$${change.name}:q";\n`;
    case "forget":
      return `unset ${keptVariable(change.name)};\n`;
    case "restore":
      return `setenv ${change.name} "$${keptVariable(change.name)}:q";\nunset ${keptVariable(change.name)};\n`;
  }
}

function argument(value: string, name = "an argument"): string {
  withoutNul(name, value);
  if (/[\r\n]/.test(value)) throw new UnsayableValue(name, "a line end");
  return plain.test(value) ? `'${value}'` : `"\`printf '${octal(value)}'\`"`;
}
