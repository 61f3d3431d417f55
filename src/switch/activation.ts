import { verbs } from "../argv.ts";
import { version } from "../cli/version.ts";
import { activations } from "../emit/activation/activation.ts";
import { dialectNamed } from "../emit/dialect.ts";
import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import { displaceable, notesOf } from "./changes.ts";
import { saidIn } from "./say.ts";

/**
 * The code that gives a shell its functions, prompt and completion. Pure.
 *
 * @param shell the name of a dialect; undefined: it was not named, and cannot be told
 * @param program the words that start this program
 * @throws UserError when the shell is unknown
 */
export function activationCode(
  shell: string | undefined,
  env: Environment,
  program: readonly string[],
): string {
  if (shell === undefined) {
    throw new UserError("cannot tell which shell this is", {
      hints: ["say it: -s for bash, zsh, ksh and the like, -c for csh and tcsh, else --shell NAME"],
      exitCode: 2,
    });
  }
  const dialect = dialectNamed("shell", shell);
  const activation = dialect && activations[dialect.names[0] ?? ""];
  if (dialect === undefined || activation === undefined) {
    const known = Object.keys(activations).flatMap((each) => dialectNamed("shell", each)?.names ?? []);
    throw new UserError(`unknown shell "${shell}"`, { hints: [`known: ${known.join(", ")}`], exitCode: 2 });
  }
  return saidIn(dialect, () => activation({ program, version, verbs, notes: notesOf(env), displaceable }));
}
