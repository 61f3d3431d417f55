import type { Dialect } from "../dialect.ts";
import { json } from "../formats/json.ts";
import { memoryJson } from "../memory-json.ts";

/** nushell runs no text: `aws-as env NAME --shell nu | from json | load-env`. */
export const dialect: Dialect = {
  render: json.dialect.render,
  renderForFunctions: memoryJson,
  // The pipeline stops at the exit status.
  failure: "",
};

/** A string of nushell, in ASCII. */
export function quoted(text: string): string {
  return `"${Array.from(text, (each) => (/[A-Za-z0-9_ ./:+=@,-]/.test(each) ? each : escaped(each))).join("")}"`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
