import { type Change, type Memory, UnsayableValue } from "../change.ts";
import type { Dialect } from "../dialect.ts";

/**
 * Lines for cmd.exe, which has no eval: `for /f "delims=" %i in ('aws-as env NAME --shell cmd') do @%i`. Each line is
 * one command, in which neither `if`, `for`, `&` nor `|` means anything any more.
 */
export const dialect: Dialect = {
  render: (changes) => lines(changes.map(statement)),
  renderForFunctions: forMacros,
  failure: "(call)\r\n",
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
export function prefixed(name: string | undefined): string {
  return `call set "PROMPT=${prefix(name)}%__aws_as_prompt%"`;
}

/** The prefix for a name, or for nobody. */
export function prefix(name: string | undefined): string {
  return `$C${name ?? "-"}$F$S`;
}

/** The name that notes tell the prompt to show. */
export function shownIn(changes: readonly (Change | Memory)[]): string | undefined {
  const note = changes.find((change) => change.kind === "note" && change.name === "shown");
  return note?.kind === "note" ? note.value : undefined;
}

/** The lines as cmd.exe ends them. */
export function lines(texts: readonly string[]): string {
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
