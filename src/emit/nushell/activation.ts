import type { ActivationParts } from "../dialect.ts";
import { filled } from "../filled.ts";
import { quoted } from "./dialect.ts";
import text from "./functions.nu";

/**
 * A text for a string hook of nushell, or for `source`. As it may be kept in a file it holds none of the notes, and looks
 * for what they say in the environment.
 */
export function activation({ program, version, verbs }: ActivationParts): string {
  return filled(text, {
    PROGRAM: program.map(quoted).join(" "),
    VERSION: version,
    VERBS: `[${verbs.map(quoted).join(" ")}]`,
  });
}
