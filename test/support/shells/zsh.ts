import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
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

const dump = resolve(import.meta.dirname, "../../../zcompdump");

/**
 * The line that loads zsh's own completion as most people have it, from what zsh noted before: to look all of it up
 * takes two seconds of work.
 */
export function compinit(): string {
  const load = `autoload -Uz compinit; compinit -u -d '${dump}'`;
  if (!existsSync(dump)) execFileSync("zsh", ["-fc", load]);
  return load;
}
