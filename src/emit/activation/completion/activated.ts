import { filled } from "../filled.ts";
import bash from "./bash.sh";
import bashUndo from "./bash-undo.sh";

/** What activation brings along, each with what takes it away again. */
export const completionInBash = activated(bashUndo + bash);

function activated(text: string): string {
  return filled(text, { PROGRAM: '"$__aws_as_program"', COMPLETE: "__aws_as_complete" });
}
