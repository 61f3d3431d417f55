import type { ActivationParts } from "../dialect.ts";
import { lines, prefix, prefixed, shownIn } from "./dialect.ts";

/**
 * Lines for `for /f "delims=" %i in (…) do @%i` that define macros of doskey, which only a cmd.exe that somebody types
 * into has. The program is found on the PATH, by them as by the line that activates.
 */
export function activation({ version, verbs, notes }: ActivationParts): string {
  const shown = shownIn(notes);
  return lines([
    // A prompt that has a prefix of ours already, from before or from the parent.
    `call set "__aws_as_prompt=%PROMPT:${prefix(undefined)}=%"`,
    // The first `=` ends what is to be replaced.
    ...(shown === undefined || shown.includes("=")
      ? []
      : [`call set "__aws_as_prompt=%__aws_as_prompt:${prefix(shown)}=%"`]),
    prefixed(shown),
    `doskey aws-as=${itself(version, verbs)}${identity}${each("$*")}`,
    // A macro's $T is the & between commands. With --keep-creds the program has nothing to say.
    `doskey aws-as-deactivate=if "$1"=="--keep-creds" (set "PROMPT=%__aws_as_prompt%"$Tset "__aws_as_prompt="$Tdoskey aws-as=$Tdoskey aws-as-deactivate=) else ${each("--leave")}`,
  ]);
}

/**
 * Runs the program for what is a command, or an option that stands alone; a macro can compare words, and no more. The
 * program hears which version made the macros, and `doctor` tells when they are older than it is.
 */
function itself(version: string, verbs: readonly string[]): string {
  const run = `(set "AWS_AS_FUNCTIONS=${version}"$Taws-as $*$Tset "AWS_AS_FUNCTIONS=")`;
  return [...verbs, "", "-h", "--help", "-v", "--version"]
    .map((verb) => `if "$1"=="${verb}" ${run} else `)
    .join("");
}

const identity = ["use", "--"].map((word) => `if "$1"=="${word}" (${each("$2")}) else `).join("");

/** Runs each line that the program answers. */
function each(words: string): string {
  return `for /f "delims=" %i in ('aws-as switch cmd ${words}') do @%i`;
}
