import { verbs } from "../argv.ts";
import { version } from "../cli/version.ts";
import type { Shell } from "../emit/dialect.ts";
import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import { displaceable, notesOf } from "./changes.ts";
import { chosenShell, writtenFor } from "./say.ts";

/**
 * The code that gives a shell its functions, prompt and completion. Pure.
 *
 * @param named the shell, or its name; undefined: neither the options nor the parent process tell
 * @param program the words that start this program
 * @throws UserError when the shell is unknown
 */
export async function activationCode(
  named: Shell | string | undefined,
  env: Environment,
  program: readonly string[],
): Promise<string> {
  if (named === undefined) {
    throw new UserError("cannot tell which shell this is", {
      hints: ["say it: -s for bash, zsh, ksh and the like, -c for csh and tcsh, else --shell NAME"],
      exitCode: 2,
    });
  }
  const shell = typeof named === "string" ? chosenShell(named) : named;
  const parts = { program, version, verbs, notes: notesOf(env), displaceable };
  return writtenFor(shell, () => shell.activation(parts));
}
