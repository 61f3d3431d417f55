import { verbs } from "../argv.ts";
import { version } from "../cli/version.ts";
import type { Shell } from "../emit/dialect.ts";
import { parentOnLinux } from "../system/children/parent-program.ts";
import type { Environment } from "../system/environment.ts";
import { standardOutput } from "../system/standard-output.ts";
import { UserError } from "../system/user-error.ts";
import { displaceable, notesOf } from "./changes.ts";
import { chosenShell, writtenFor } from "./say.ts";
import { shellOf } from "./which-shell.ts";

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

/**
 * Activation in a shell's start-up file delays every new shell, so its plain forms go without the parser, the
 * machine and everything else. What fails here goes the long way, which reports it.
 *
 * @param shell the one that the options name; undefined: the one that calls
 * @returns whether the code was printed
 */
export async function activatedQuickly(
  shell: string | undefined,
  host: Pick<NodeJS.Process, "env" | "execPath" | "argv" | "exitCode">,
): Promise<boolean> {
  let code: string;
  try {
    const program = [host.execPath, host.argv[1] ?? ""];
    code = await activationCode(shell ?? shellOf(parentOnLinux()), host.env, program);
  } catch {
    return false;
  }
  standardOutput(() => {
    host.exitCode = 1;
  }).write(code);
  return true;
}
