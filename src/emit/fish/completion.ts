import { filled } from "../filled.ts";
import complete from "./complete.fish";
import undo from "./complete-undo.fish";

/** What activation brings along, with `__aws_as_uncomplete`, which takes it away again. */
export function activated(program: string): string {
  return filled(undo + complete, { PROGRAM: program, COMPLETE: "__aws_as_complete" });
}

/** The function has a name that does not begin like those that deactivation removes. */
export const alone = filled(complete, { PROGRAM: "command aws-as", COMPLETE: "_aws_as_complete" });
