import { parentOnLinux } from "../system/children/parent-program.ts";
import { standardOutput } from "../system/standard-output.ts";
import { activationCode, shellInOptions } from "./activation.ts";
import { shellOf } from "./which-shell.ts";

/**
 * Activation in a shell's start-up file delays every new shell, so its plain forms go without the parser, the
 * machine and everything else. What they do not understand, or cannot do, goes the long way and is told there.
 *
 * @param words what follows `aws-as activate`
 * @returns whether the code was printed
 */
export async function activatedQuickly(words: readonly string[]): Promise<boolean> {
  const named = shellInOptions(words);
  if (named === null) return false;
  let code: string;
  try {
    const shell = named ?? shellOf(parentOnLinux());
    code = await activationCode(shell, process.env, [process.execPath, process.argv[1] ?? ""]);
  } catch {
    return false;
  }
  standardOutput(() => {
    process.exitCode = 1;
  }).write(code);
  return true;
}
