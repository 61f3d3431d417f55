import { quoted } from "../nushell.ts";
import type { ActivationParts } from "./activation.ts";
import { filled } from "./filled.ts";
import text from "./nushell.nu";

/**
 * A text for nushell's `source`, kept in a file: so it holds none of the notes, and looks for them in the environment
 * itself.
 */
export function nushellActivation({ program, verbs }: ActivationParts): string {
  return filled(text, {
    PROGRAM: program.map(quoted).join(" "),
    VERBS: `[${verbs.map(quoted).join(" ")}]`,
  });
}
