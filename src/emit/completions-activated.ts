import bash from "./bourne/complete-bash.sh";
import bashUndo from "./bourne/complete-bash-undo.sh";
import zsh from "./bourne/complete-zsh.zsh";
import zshUndo from "./bourne/complete-zsh-undo.zsh";
import { filled } from "./filled.ts";
import fish from "./fish/complete.fish";
import fishUndo from "./fish/complete-undo.fish";

/** What activation brings along, each with `__aws_as_uncomplete`, which takes it away again. */
export const completionInBash = activated(bashUndo + bash, '"$__aws_as_program"');
export const completionInZsh = activated(zshUndo + zsh, '"$__aws_as_program"');

/** @param program as fish calls it */
export function completionInFish(program: string): string {
  return activated(fishUndo + fish, program);
}

function activated(text: string, program: string): string {
  return filled(text, { PROGRAM: program, COMPLETE: "__aws_as_complete" });
}
