import bash from "./bourne/complete-bash.sh";
import zsh from "./bourne/complete-zsh.zsh";
import zshBare from "./bourne/complete-zsh-alone.zsh";
import csh from "./csh/complete.csh";
import { filled } from "./filled.ts";
import fish from "./fish/complete.fish";
import powershell from "./powershell/complete.ps1";

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
