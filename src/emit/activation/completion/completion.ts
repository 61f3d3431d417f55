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
  powershell: filled(powershell, { PROGRAM: "(Get-Command aws-as -CommandType Application)[0]" }),
  pwsh: filled(powershell, { PROGRAM: "(Get-Command aws-as -CommandType Application)[0]" }),
};

/** With a name of its own, which does not begin as those do that deactivation removes. */
function bare(text: string): string {
  return filled(text, { PROGRAM: "command aws-as", COMPLETE: "_aws_as_complete" });
}
