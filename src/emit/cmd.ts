import { type Change, keptVariable, type Memory, noteVariable, UnsayableValue } from "./change.ts";
import type { Dialect } from "./dialect.ts";

/** Lines for cmd.exe, which has no eval: `for /f "delims=" %i in ('aws-as env NAME --shell cmd') do @%i`. */
export const cmd: Dialect = {
  names: ["cmd"],
  kind: "shell",
  render: lines,
  renderForFunctions: lines,
  failure: "(call)\r\n",
};

function lines(changes: readonly (Change | Memory)[]): string {
  return changes.map((change) => `${statement(change)}\r\n`).join("");
}

function statement(change: Change | Memory): string {
  switch (change.kind) {
    case "set":
      return assignment(change.name, change.value);
    case "unset":
      return `set "${change.name}="`;
    case "note":
      return assignment(noteVariable(change.name), change.value);
    case "keep":
      return `call set "${keptVariable(change.name)}=%${change.name}%"`;
    case "forget":
      return `set "${keptVariable(change.name)}="`;
    case "restore":
      return `call set "${change.name}=%${keptVariable(change.name)}%"`;
  }
}

/** There is no quoting that holds for all of these in `for /f`, so what is not plain is refused. */
function assignment(name: string, value: string): string {
  if (!/^[A-Za-z0-9_/+=.,:@ -]*$/.test(value)) {
    throw new UnsayableValue(name, "characters that cmd.exe does not carry unchanged");
  }
  return `set "${name}=${value}"`;
}
