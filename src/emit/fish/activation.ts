import type { ActivationParts } from "../activations.ts";
import { completionInFish } from "../completions-activated.ts";
import { filled } from "../filled.ts";
import { fish, quoted } from "./dialect.ts";
import script from "./functions.fish";

/** A statement on each line, ended by `;`, since `eval (…)` joins the lines by blanks. */
export function fishActivation({ program, version, verbs, notes }: ActivationParts): string {
  const parts = { PROGRAM: quoted(program.at(-1) ?? ""), VERSION: version, VERBS: verbs.join(" ") };
  const lines = (completionInFish(parts.PROGRAM) + filled(script, parts)).trimEnd().split("\n");
  const code = lines.map((line) => `${line};\n`).join("");
  return code + (notes.length === 0 ? "" : (fish.renderForFunctions?.(notes) ?? ""));
}
