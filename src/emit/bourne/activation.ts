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
  const end =
    "'unset' __aws_as_code __aws_as_bash __aws_as_zsh __aws_as_emulate __aws_as_refuse __aws_as_free";
  const texts = {
    __aws_as_code: [
      assignment("__aws_as_node", program[0]),
      assignment("__aws_as_program", program[1]),
      notes.length === 0 ? "" : dialect.renderForFunctions(notes),
      filled(bourne, {
        VERSION: version,
        VERBS: verbs.filter((verb) => verb !== "exec").join("|"),
        KEPT: displaceable.map(keptVariable).join(" "),
        // Empty is as good as unset for Node, and takes no further process.
        CLEARED: cleared.map((name) => `${name}=''`).join(" "),
        MEMORY: memory,
        CREDENTIALS: provided.credentials.join(" "),
        MARKS: provided.marks.join(" "),
        ALONE: leftAlone,
      }),
      `${end}\n`,
    ].join(""),
    __aws_as_bash: filled(bash + bashUndo + completeBash, activated),
    __aws_as_zsh: filled(zsh + zshUndo + completeZsh, activated),
    __aws_as_emulate: `${ownOptionsOfZsh.map(quoted).join(" ")} "$__aws_as_code"`,
    __aws_as_refuse: `${end}; 'printf' '%s\\n' ${quoted(restricted)} >&2; 'false'`,
  };
  const script = [
    // zsh does not warn of global variables that are made so in a function.
    ...Object.entries(texts).map(([name, text]) => `'export' ${name}=${quoted(text)}\n`),
    // What is run is chosen by no reserved word, as an alias may stand for any. No redirection of the functions is allowed
    // in a restricted shell.
    `'export' __aws_as_free="x$-"\n'export' __aws_as_free="\${__aws_as_free##*r*}"\n`,
    `'export' __aws_as_code="\${__aws_as_free:+$__aws_as_code}"\n`,
    `'eval' "\${__aws_as_code:+\${ZSH_VERSION+$__aws_as_emulate}}"\n`,
    `'eval' "\${__aws_as_code:-\${__aws_as_refuse-}}"\n`,
  ].join("");
  return armoured(script);
}

const restricted = [
  "aws-as: error: this is a restricted shell, which allows none of the redirections that the functions need",
  'aws-as: hint: to act as an identity: eval "$(aws-as env NAME)"',
].join("\n");

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

const activated = {
  PROGRAM: "3>&1 __aws_as_start",
  COMPLETE: "__aws_as_complete",
  ENDED: "warning: that switch ended with the pipe, ( ) or job it was in, and this shell is as it was",
};

/** The function has a name that does not begin like those that deactivation removes. */
const alone = { PROGRAM: "command aws-as", COMPLETE: "_aws_as_complete" };

export const bashAlone = filled(completeBash, alone);
export const zshAlone = `#compdef aws-as aws-as-deactivate\n${filled(completeZsh + zshAlonePart, alone)}`;
