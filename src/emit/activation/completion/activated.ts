import { filled } from "../filled.ts";
import bash from "./bash.sh";
import bashUndo from "./bash-undo.sh";
import fish from "./fish.fish";
import fishUndo from "./fish-undo.fish";
import zsh from "./zsh.zsh";
import zshUndo from "./zsh-undo.zsh";

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
