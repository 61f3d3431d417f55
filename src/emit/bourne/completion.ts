import { filled } from "../filled.ts";
import bash from "./complete-bash.sh";
import bashUndo from "./complete-bash-undo.sh";
import zsh from "./complete-zsh.zsh";
import zshAloneText from "./complete-zsh-alone.zsh";
import zshUndo from "./complete-zsh-undo.zsh";

const activated = { PROGRAM: '"$__aws_as_program"', COMPLETE: "__aws_as_complete" };

/** The function has a name that does not begin like those that deactivation removes. */
const alone = { PROGRAM: "command aws-as", COMPLETE: "_aws_as_complete" };

/** What activation brings along, each with `__aws_as_uncomplete`, which takes it away again. */
export const bashActivated = filled(bashUndo + bash, activated);
export const zshActivated = filled(zshUndo + zsh, activated);

export const bashAlone = filled(bash, alone);
export const zshAlone = `#compdef aws-as aws-as-deactivate\n${filled(zsh + zshAloneText, alone)}`;
