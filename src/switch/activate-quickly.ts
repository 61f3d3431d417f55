import { parentOnLinux } from "../system/children/parent-program.ts";
import { standardOutput } from "../system/standard-output.ts";
import { activationCode } from "./activation.ts";
import { shellOf } from "./which-shell.ts";

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
