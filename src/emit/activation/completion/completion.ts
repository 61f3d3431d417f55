import { filled } from "../filled.ts";
import bash from "./bash.sh";
import csh from "./csh.csh";
import fish from "./fish.fish";
import powershell from "./powershell.ps1";
import zsh from "./zsh.zsh";
import zshBare from "./zsh-bare.zsh";

/** By a shell's name: what registers completion there without activation. The program is found on the PATH. */
export const completions: Readonly<Record<string, string>> = {
  bash: bare(bash),
  zsh: `#compdef aws-as aws-as-deactivate\n${bare(zsh + zshBare)}`,
  fish: bare(fish),
  // An alias of that name, which activation makes, is not meant.
  tcsh: filled(csh, { PROGRAM: "\\aws-as" }),
  powershell: filled(powershell, {
    program: "(Get-Command aws-as -CommandType Application)[0]",
    complete: "",
  }),
};

/** Names of its own, so that activation and deactivation leave this alone. */
function bare(text: string): string {
  return filled(text, { PROGRAM: "command aws-as", COMPLETE: "__aws_as_bare_complete" });
}
