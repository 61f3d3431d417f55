import type { Shell } from "./shell.ts";

/** zsh without start-up files. What its editor does for output without a line end would look like output. */
export const zsh: Shell = {
  name: "zsh",
  program: "zsh",
  args: ["-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"],
  activate: "eval $(aws-as -s)",
  // The modules last: the listings themselves load some.
  dump: (file) => [
    `{ typeset -p; functions; functions -M; alias -L; set -o; trap; bindkey -L; zle -lL; zstyle -L; hash -d; sched; zmodload; } >! ${file} 2>&1`,
  ],
  restless:
    /^(typeset|export)( -\S+)*( -?\d+)? (_|HISTCMD|LINENO|RANDOM|SECONDS|TTYIDLE|EPOCH\w+|pipestatus|status|'\?'|\?|argv|jobtexts|jobstates|jobdirs|parameters|functions|history|historywords|commands)=/,
};
