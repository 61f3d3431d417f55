import { keptVariable } from "../change.ts";
import { type ActivationParts, leftAlone } from "../dialect.ts";
import { filled, octal } from "../text.ts";
import bash from "./bash.sh";
import completeBash from "./complete-bash.sh";
import bashUndo from "./complete-bash-undo.sh";
import completeZsh from "./complete-zsh.zsh";
import zshAlonePart from "./complete-zsh-alone.zsh";
import zshUndo from "./complete-zsh-undo.zsh";
import { assignment, dialect } from "./dialect.ts";
import bourne from "./functions.sh";
import zsh from "./zsh.zsh";

/**
 * One statement for every Bourne-family shell: the whole script in octal, decoded by printf and evaluated, so that
 * nothing in it is split or expanded on the way. What only bash or only zsh can parse stands in it as a quoted text.
 */
export function activation(parts: ActivationParts): string {
  const { program, cleared, version, verbs, notes, memory, displaceable, provided } = parts;
  const texts = {
    __aws_as_code: [
      assignment("__aws_as_node", program[0]),
      assignment("__aws_as_program", program[1]),
      notes.length === 0 ? "" : dialect.renderForFunctions(notes),
      filled(bourne, {
        VERSION: version,
        VERBS: verbs.join("|"),
        KEPT: displaceable.map(keptVariable).join(" "),
        // Empty is as good as unset for Node, and takes no further process.
        CLEARED: cleared.map((name) => `${name}=''`).join(" "),
        MEMORY: memory,
        CREDENTIALS: provided.credentials.join(" "),
        MARKS: provided.marks.join(" "),
        ALONE: leftAlone,
      }),
    ].join(""),
    __aws_as_bash: bash + filled(bashUndo + completeBash, activated),
    __aws_as_zsh: zsh + filled(zshUndo + completeZsh, activated),
    __aws_as_emulate: `${ownOptionsOfZsh.map(quoted).join(" ")} "$__aws_as_code; __aws_as_code="`,
  };
  const script = [
    // zsh does not warn of global variables that are made so in a function.
    ...Object.entries(texts).map(([name, text]) => `'export' ${name}=${quoted(text)}\n`),
    `'eval' "\${ZSH_VERSION+$__aws_as_emulate}"\n`,
    `'eval' "$__aws_as_code"\n`,
    `'unset' ${Object.keys(texts).map(quoted).join(" ")}\n`,
  ].join("");
  return armoured(script);
}

/**
 * zsh always runs functions that were made so under these options, and not under the user's. Aliases are off as global
 * ones stand for words anywhere. The options that are named here are not among those that `emulate` sets by itself.
 */
const ownOptionsOfZsh = [
  ...["emulate", "zsh", "-o", "no_aliases", "-o", "local_traps"],
  ...["+v", "+x", "-c"],
];

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Letters, digits and single blanks as they are, everything else in octal: whatever IFS is made of, unless it is of
 * letters and digits, nothing splits this but at its blanks. The quotes around `eval` and `printf` keep aliases of
 * those names out.
 */
function armoured(script: string): string {
  // Each sign is written once: a new shell waits for this, and it saves 2 ms.
  const signs = new Map<string, string>();
  const text = script.replace(/[^A-Za-z0-9 ]|(?<= ) /gu, (sign) => {
    const written = signs.get(sign) ?? octal(sign);
    signs.set(sign, written);
    return written;
  });
  return `'eval' "\`'printf' '${text}'\`";\n`;
}

const activated = { PROGRAM: "__aws_as_start", COMPLETE: "__aws_as_complete" };

/** The function has a name that does not begin like those that deactivation removes. */
const alone = { PROGRAM: "command aws-as", COMPLETE: "_aws_as_complete" };

export const bashAlone = filled(completeBash, alone);
export const zshAlone = `#compdef aws-as aws-as-deactivate\n${filled(completeZsh + zshAlonePart, alone)}`;
