import { quoted } from "../nushell.ts";
import type { ActivationParts } from "./activation.ts";
import { filled } from "./filled.ts";
import text from "./nushell.nu";

/**
 * A text for a string hook of nushell, or for `source`. As it may be kept in a file it holds none of the notes, and looks
 * for what they say in the environment.
 */
export function nushellActivation({ program, verbs }: ActivationParts): string {
  return filled(text, {
    PROGRAM: program.map(quoted).join(" "),
    VERBS: `[${verbs.map(quoted).join(" ")}]`,
  });
}
