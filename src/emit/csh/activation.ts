import type { ActivationParts } from "../dialect.ts";
import { filled } from "../filled.ts";
import completion from "./complete-activated.csh";
import { assignment, dialect } from "./dialect.ts";
import script from "./functions.csh";

/** A variable for each part of the script, and `start` run. Statements end in `;`, as `eval` joins the lines. */
export function activation({ program, version, verbs, notes }: ActivationParts): string {
  const isVerb = verbs.map((verb) => `$__aws_as_word:q == x${verb}`).join(" || ");
  const parts = filled(completion + script, { VERSION: version, VERBS: isVerb })
    .replaceAll(" \\\n", " ")
    .split(/^(\w+):\n/m)
    .slice(1);
  const variables = parts.flatMap((label, at) =>
    at % 2 === 0 ? [`if (1) set __aws_as_${label}=${quoted(joined(parts[at + 1] ?? ""))};\n`] : [],
  );
  return [
    assignment("__aws_as_program", program.at(-1) ?? ""),
    notes.length === 0 ? "" : dialect.renderForFunctions(notes),
    ...variables,
    "if (1) eval $__aws_as_start:q;\n",
  ].join("");
}

function joined(lines: string): string {
  return lines.trimEnd().replaceAll("\n", "; ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
