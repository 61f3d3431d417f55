import type { ActivationParts } from "../dialect.ts";
import { filled } from "../filled.ts";
import { quoted } from "./dialect.ts";
import script from "./functions.xsh";

/** Python for `execx($(…))`. */
export function activation({ program, version, verbs, notes }: ActivationParts): string {
  const said = notes.map((note) => ("value" in note ? `${quoted(note.name)}: ${quoted(note.value)}, ` : ""));
  return filled(script, {
    PROGRAM: program.map(quoted).join(", "),
    VERSION: version,
    VERBS: verbs.map(quoted).join(", "),
    NOTES: `{${said.join("")}}`,
  });
}
