import { type Change, type Memory, withoutNul } from "../change.ts";
import type { Dialect } from "../dialect.ts";

/** Code for PowerShell's `… | Out-String | Invoke-Expression`; the functions read lines of data. */
export const dialect: Dialect = {
  render: (changes) => changes.map(statement).join(""),
  renderForFunctions: lines,
  failure: "throw 'aws-as failed'\n",
};

function statement(change: Change): string {
  return change.kind === "unset"
    ? `Remove-Item -LiteralPath Env:${change.name} -ErrorAction SilentlyContinue\n`
    : `$env:${change.name} = ${quoted(withoutNul(change.name, change.value))}\n`;
}

/**
 * A line for each change: what to do, the variable, and the value in base64; `end` shows that none is missing. Not
 * JSON, in which PowerShell 7 takes the credentials' end for a date and writes it in its own way.
 */
function lines(changes: readonly (Change | Memory)[]): string {
  const said = changes.map((change) => {
    if (!("value" in change)) return `${change.kind} ${change.name}\n`;
    return `${change.kind} ${change.name} ${base64(withoutNul(change.name, change.value))}\n`;
  });
  return `${said.join("")}end\n`;
}

/**
 * PowerShell takes four typographic quotes for the straight one, and decodes a program's output by the console's code
 * page: so anything but printable ASCII travels in base64.
 */
export function quoted(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${base64(text)}'))`;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
