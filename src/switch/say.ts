import { shellOf } from "../cli/which-shell.ts";
import { bourne } from "../emit/bourne/shell.ts";
import { type Change, type Memory, UnsayableValue } from "../emit/change.ts";
import type { Format, Shell } from "../emit/dialect.ts";
import { formats, shellNamed, shells } from "../emit/shells.ts";
import type { ParentProgram } from "../system/children/parent-program.ts";
import { UserError } from "../system/user-error.ts";

/** The shell or the format that the options name; without any, the shell that calls, as its `eval` reads no other. */
export async function chosenDialect(
  shell: string | undefined,
  format: string | undefined,
  parent: () => Promise<ParentProgram | undefined>,
): Promise<Format> {
  if (shell !== undefined && format !== undefined) {
    throw new UserError("--shell and --format exclude each other", {
      hints: ["--shell prints code for eval, --format prints data; leave one out"],
      exitCode: 2,
    });
  }
  if (format === undefined) return shell === undefined ? callersShell(await parent()) : chosenShell(shell);
  return formats.find(({ names }) => names.includes(format)) ?? unknown("format", format, formats);
}

/** The shell that calls. Makefiles, programs and what cannot be told have commands in the Bourne family's language. */
export function callersShell(parent: ParentProgram | undefined): Shell {
  return shellOf(parent) ?? bourne;
}

/** The shell of that name. */
export function chosenShell(name: string): Shell {
  return shellNamed(name) ?? unknown("shell", name, shells);
}

function unknown(kind: string, name: string, all: readonly Format[]): never {
  const known = all.flatMap(({ names }) => names);
  throw new UserError(`unknown ${kind} "${name}"`, { hints: [`known: ${known.join(", ")}`], exitCode: 2 });
}

/** The text of the changes in that shell's or format's syntax. */
export function rendered(format: Format, changes: readonly Change[]): Promise<string> {
  return writtenFor(format, () => format.dialect.render(changes));
}

/** The text of the changes for the functions of that shell. */
export function renderedForFunctions(shell: Shell, changes: readonly (Change | Memory)[]): Promise<string> {
  return writtenFor(shell, () => shell.dialect.renderForFunctions(changes));
}

/** What `write` gives, or the user's error about a value that the syntax cannot carry. */
export async function writtenFor({ names }: Format, write: () => string | Promise<string>): Promise<string> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UnsayableValue)) throw error;
    throw new UserError(`${error.message}, which "${names[0]}" cannot carry`, {
      hints: ["use another --shell or --format"],
      cause: error,
    });
  }
}

/** Code that fails in that shell: what a failed command prints for it, because `eval` of nothing is a success. */
export async function failureIn(
  shell: string,
  parent: () => Promise<ParentProgram | undefined>,
): Promise<string> {
  return (shellNamed(shell) ?? callersShell(await parent())).dialect.failure;
}
