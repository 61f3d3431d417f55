import type { ActivationParts } from "../dialect.ts";
import { filled } from "../filled.ts";
import { activated } from "./completion.ts";
import { dialect, quoted } from "./dialect.ts";
import script from "./functions.fish";

/** A statement on each line, ended by `;`, since `eval (…)` joins the lines by blanks. */
export function activation({ program, version, verbs, notes }: ActivationParts): string {
  const parts = { PROGRAM: quoted(program.at(-1) ?? ""), VERSION: version, VERBS: verbs.join(" ") };
  const lines = (activated(parts.PROGRAM) + filled(script, parts)).trimEnd().split("\n");
  const code = lines.map((line) => `${line};\n`).join("");
  return code + (notes.length === 0 ? "" : dialect.renderForFunctions(notes));
}
