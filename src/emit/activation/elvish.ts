import { quoted } from "../elvish.ts";
import type { ActivationParts } from "./activation.ts";
import script from "./elvish.elv";
import editor from "./elvish-editor.elv";
import { filled } from "./filled.ts";

/** Text for `eval (… | slurp)`. */
export function elvishActivation({ program, verbs, notes }: ActivationParts): string {
  const said = notes.map((note) => ("value" in note ? `&${note.name}=${quoted(note.value)}` : ""));
  return filled(script, {
    PROGRAM: quoted(program.at(-1) ?? ""),
    VERBS: verbs.join(" "),
    NOTES: said.length === 0 ? "&" : said.join(" "),
    // A string of elvish may go over lines.
    EDITOR: `'${editor.replaceAll("'", "''")}'`,
  });
}
