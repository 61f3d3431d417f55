import type { ActivationParts } from "../dialect.ts";
import { filled } from "../filled.ts";
import completion from "./complete.ps1";
import { quoted } from "./dialect.ts";
import text from "./functions.ps1";

/** A text for `Invoke-Expression`. It looks for what the notes say in the environment itself. */
export function activation({ program, version, verbs }: ActivationParts): string {
  return filled(text + completion, {
    PROGRAM: program.map((word) => `(${quoted(word)})`).join(" "),
    VERSION: quoted(version),
    VERBS: verbs.map(quoted).join(", "),
  });
}
