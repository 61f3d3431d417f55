import { quoted } from "../xonsh.ts";
import type { ActivationParts } from "./activation.ts";
import { filled } from "./filled.ts";
import script from "./xonsh.xsh";

/** Python for `execx($(…))`. */
export function xonshActivation({ program, verbs, notes }: ActivationParts): string {
  const said = notes.map((note) => ("value" in note ? `${quoted(note.name)}: ${quoted(note.value)}, ` : ""));
  return filled(script, {
    PROGRAM: program.map(quoted).join(", "),
    VERBS: verbs.map(quoted).join(", "),
    NOTES: `{${said.join("")}}`,
  });
}
