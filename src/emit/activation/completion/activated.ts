import bash from "./bash.sh";
import bashUndo from "./bash-undo.sh";
import { filled } from "./filled.ts";

/** What activation brings along, each with what takes it away again. */
export const completionInBash = activated(bashUndo + bash);

function activated(text: string): string {
  return filled(text, { program: '"$__aws_as_program"', complete: "__aws_as_complete" });
}
