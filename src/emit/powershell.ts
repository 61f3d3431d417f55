import { type Change, withoutNul } from "./change.ts";
import type { Dialect } from "./dialect.ts";
import { memoryJson } from "./memory-json.ts";

/** Code for PowerShell's `… | Out-String | Invoke-Expression`. */
export const powershell: Dialect = {
  names: ["powershell", "pwsh"],
  kind: "shell",
  render: (changes) => changes.map(statement).join(""),
  renderForFunctions: memoryJson,
  failure: "throw 'aws-as failed'\n",
};

function statement(change: Change): string {
  return change.kind === "unset"
    ? `Remove-Item -LiteralPath Env:${change.name} -ErrorAction SilentlyContinue\n`
    : `$env:${change.name} = ${quoted(withoutNul(change.name, change.value))}\n`;
}

/**
 * PowerShell takes four typographic quotes for the straight one, and decodes a program's output by the console's code
 * page: so anything but printable ASCII travels in base64.
 */
export function quoted(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  const base64 = Buffer.from(text, "utf8").toString("base64");
  return `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${base64}'))`;
}
