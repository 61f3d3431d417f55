import { keptVariable } from "../change.ts";
import { assignment, posix } from "../posix.ts";
import type { ActivationParts } from "./activation.ts";
import bash from "./bash.sh";
import bourne from "./bourne.sh";
import { completionInBash, completionInZsh } from "./completion/activated.ts";
import { filled } from "./filled.ts";
import zsh from "./zsh.zsh";

/**
 * One statement for every Bourne-family shell: the whole script in octal, decoded by printf and evaluated, so that
 * nothing in it is split or expanded on the way. What only bash or only zsh can parse stands in it as a quoted text.
 */
export function bourneActivation({ program, verbs, notes, displaceable }: ActivationParts): string {
  const script = [
    assignment("__aws_as_program", program.at(-1) ?? ""),
    notes.length === 0 ? "" : (posix.renderForFunctions?.(notes) ?? ""),
    filled(bourne, {
      BASH: quoted(bash + completionInBash),
      ZSH: quoted(zsh + completionInZsh),
      VERBS: verbs.join("|"),
      KEPT: displaceable.map(keptVariable).join(" "),
    }),
  ].join("");
  return armoured(script);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Letters, digits and single blanks as they are, everything else in octal. The quotes around `eval` and `printf`
 * keep aliases of those names out.
 */
function armoured(script: string): string {
  let text = "";
  for (const byte of Buffer.from(script, "utf8")) {
    const character = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9_]/.test(character) || (character === " " && !text.endsWith(" "));
    text += isPlain ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `'eval' "\`'printf' '${text}'\`";\n`;
}
