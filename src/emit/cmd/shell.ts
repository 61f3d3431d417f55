import { type Change, type Memory, UnsayableValue } from "../change.ts";
import type { ActivationParts, Dialect, Shell, Typed } from "../dialect.ts";

/**
 * Lines for cmd.exe, which has no eval: `for /f "delims=" %i in ('aws-as env NAME --shell cmd') do @%i`. Each line is
 * one command, in which neither `if`, `for`, `&` nor `|` means anything any more.
 */
export const dialect: Dialect = {
  render: (changes) => lines(changes.map(statement)),
  renderForFunctions: forMacros,
  // What `for` has put in is no longer read as a `(call)` would have to be, so that a program has to fail.
  failure: "cmd /d /c exit 1\r\n",
};

/** How the macros leave: the prompt is as it was, and they are gone. */
const leaving = [
  'call set "PROMPT=%__aws_as_prompt%"',
  'set "__aws_as_prompt="',
  "doskey aws-as=",
  "doskey aws-as-deactivate=",
];

/**
 * Every variable of cmd.exe is handed to every program, so that nothing can be kept here but the prompt: what a switch
 * displaced does not come back, least of all somebody's keys.
 */
function forMacros(changes: readonly (Change | Memory)[]): string {
  const visible = changes.filter((change) => change.kind === "set" || change.kind === "unset");
  const isLeaving = changes.some(({ kind }) => kind === "restore" || kind === "forget");
  const isSwitch = visible.some(({ kind }) => kind === "set");
  return lines([
    ...visible.map(statement),
    ...(isLeaving && !isSwitch ? leaving : [prefixed(shownIn(changes))]),
  ]);
}

/** The line that puts the name in front of the prompt that was there before: in codes of PROMPT, `(name) `. */
function prefixed(name: string | undefined): string {
  return `call set "PROMPT=${prefix(name)}%__aws_as_prompt%"`;
}

/** The prefix for a name, or for nobody. */
function prefix(name: string | undefined): string {
  return `$C${name ?? "-"}$F$S`;
}

/** The name that notes tell the prompt to show. */
function shownIn(changes: readonly (Change | Memory)[]): string | undefined {
  const note = changes.find((change) => change.kind === "note" && change.name === "shown");
  return note?.kind === "note" ? note.value : undefined;
}

/** The lines as cmd.exe ends them. */
function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\r\n`).join("");
}

function statement(change: Change): string {
  if (change.kind === "unset") return `set "${change.name}="`;
  return `set "${change.name}=${plain(change.value, change.name)}"`;
}

/** There is no quoting that holds for all characters in `for /f`, so what is not plain is refused. */
function plain(value: string, what: string): string {
  if (!/^[A-Za-z0-9_/+=.,:@ -]*$/.test(value)) {
    throw new UnsayableValue(what, "characters that cmd.exe does not carry unchanged");
  }
  return value;
}

const typed: Typed = {
  evaluate: (command) => `for /f "delims=" %i in ('${command}') do @%i`,
  unset: (names) => names.map((name) => `set "${name}="`).join(" & "),
  ask: (name) => `set /p ${name}=`,
  set: (name, value) => `set "${name}=${value.replace(/^"|"$/g, "")}"`,
};

export const cmd: Shell = {
  names: ["cmd"],
  programs: ["cmd"],
  typed,
  setup: [
    {
      shells: "cmd.exe",
      file: "typed; in a script with %%i",
      line: "for /f \"delims=\" %i in ('aws-as --shell cmd') do @%i",
    },
  ],
  dialect,
  activation,
  completion: [],
  completionAlone: [],
};

/**
 * Lines for `for /f "delims=" %i in (…) do @%i` that define macros of doskey, which only a cmd.exe that somebody types
 * into has. The program is found on the PATH, by them as by the line that activates.
 */
async function activation({ cleared, version, verbs, notes }: ActivationParts): Promise<string> {
  const shown = shownIn(notes);
  return lines([
    // A prompt that has a prefix of ours already, from before or from the parent.
    `call set "__aws_as_prompt=%PROMPT:${prefix(undefined)}=%"`,
    // The first `=` ends what is to be replaced.
    ...(shown === undefined || shown.includes("=")
      ? []
      : [`call set "__aws_as_prompt=%__aws_as_prompt:${prefix(shown)}=%"`]),
    prefixed(shown),
    `doskey aws-as=${itself(version, verbs)}${named(cleared)}${each("$*", cleared)}`,
    // A macro's $T is the & between commands. With --keep-creds the program has nothing to say.
    `doskey aws-as-deactivate=if "$1"=="--keep-creds" (set "PROMPT=%__aws_as_prompt%"$Tset "__aws_as_prompt="$Tdoskey aws-as=$Tdoskey aws-as-deactivate=) else ${each("--leave", cleared)}`,
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

/** Switches to the identity behind `use` or `--`, or renews that of now. */
function named(cleared: readonly string[]): string {
  const switches = { use: "$2", "--": "$2", renew: "--renew" };
  return Object.entries(switches)
    .map(([word, words]) => `if "$1"=="${word}" (${each(words, cleared)}) else `)
    .join("");
}

/** Runs each line that the program answers; `for` starts a cmd.exe of its own for it, which forgets the variables. */
function each(words: string, cleared: readonly string[]): string {
  const without = cleared.map((name) => `set "${name}=" ^& `).join("");
  return `for /f "delims=" %i in ('${without}aws-as switch cmd ${words}') do @%i`;
}
