import { verbs } from "../argv.ts";
import { version } from "../cli/version.ts";
import { shellOf } from "../cli/which-shell.ts";
import type { Shell } from "../emit/dialect.ts";
import { type ParentProgram, parentOnLinux, parentPid } from "../system/children/parent-program.ts";
import type { Environment } from "../system/environment.ts";
import { projectVariables } from "../system/node-environment.ts";
import { standardOutput, wasWritten } from "../system/standard-output.ts";
import { UserError } from "../system/user-error.ts";
import { displaceable, notesOf, provided, rememberedAtStart } from "../variables/changes.ts";
import { placeOf } from "../variables/memory.ts";
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
  program: readonly [node: string, script: string],
): Promise<string> {
  if (named === undefined) {
    throw new UserError("cannot tell which shell this is", {
      hints: ["say it: -s for bash, zsh, ksh and the like, -c for csh and tcsh, else --shell NAME"],
      exitCode: 2,
    });
  }
  const shell = typeof named === "string" ? chosenShell(named) : named;
  const parts = {
    program,
    cleared: projectVariables,
    version,
    verbs,
    notes: notesOf(env),
    memory: rememberedAtStart(await placeOf(env, "")),
    parent: parentPid(),
    displaceable,
    provided,
  };
  return writtenFor(shell, () => shell.activation(parts));
}

/**
 * The shell that the options mean. `-s` and `-c` are what ssh-agent has them for; typed in a shell that reads neither, they
 * mean that one.
 */
export function shellFor(
  { shell, flag }: { readonly shell: string | undefined; readonly flag: "-s" | "-c" | undefined },
  parent: ParentProgram | undefined,
): Shell | string | undefined {
  return shell ?? shellOf(parent) ?? (flag && (flag === "-s" ? "sh" : "csh"));
}

/**
 * Activation in a shell's start-up file delays every new shell, so its plain forms go without the parser, the
 * machine and everything else. What fails here goes the long way, which reports it.
 *
 * @param asked what the options name
 * @returns whether the code was printed
 */
export async function activatedQuickly(
  asked: { readonly shell: string | undefined; readonly flag: "-s" | "-c" | undefined },
  host: Pick<NodeJS.Process, "env" | "execPath" | "argv" | "exitCode">,
): Promise<boolean> {
  // What was printed before us would be evaluated with the code: the command refuses that.
  if (host.env["NODE_OPTIONS"] && wasWritten()) return false;
  let code: string;
  try {
    const program = [host.execPath, host.argv[1] ?? ""] as const;
    code = await activationCode(shellFor(asked, parentOnLinux()), host.env, program);
  } catch {
    return false;
  }
  standardOutput(() => {
    host.exitCode = 1;
  }).write(code);
  return true;
}
