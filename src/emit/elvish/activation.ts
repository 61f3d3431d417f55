import type { ActivationParts } from "../dialect.ts";
import { filled } from "../filled.ts";
import { quoted } from "./dialect.ts";
import editor from "./editor.elv";
import script from "./functions.elv";

/** Text for `eval (… | slurp)`. */
export function activation({ program, version, verbs, notes }: ActivationParts): string {
  const said = notes.map((note) => ("value" in note ? `&${note.name}=${quoted(note.value)}` : ""));
  return filled(script, {
    PROGRAM: quoted(program.at(-1) ?? ""),
    VERSION: version,
    VERBS: verbs.join(" "),
    NOTES: said.length === 0 ? "&" : said.join(" "),
    // A string of elvish may go over lines.
    EDITOR: `'${editor.replaceAll("'", "''")}'`,
  });
}
