import { quoted } from "../powershell.ts";
import type { ActivationParts } from "./activation.ts";
import completion from "./completion/powershell.ps1";
import { filled } from "./filled.ts";
import text from "./powershell.ps1";

/** A text for `Invoke-Expression`. It looks for what the notes say in the environment itself. */
export function powershellActivation({ program, verbs }: ActivationParts): string {
  return filled(text + completion, {
    PROGRAM: program.map((word) => `(${quoted(word)})`).join(" "),
    VERBS: verbs.map(quoted).join(", "),
  });
}
