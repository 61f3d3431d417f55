import { storyOf } from "../support/shells/story.ts";

storyOf({
  name: "zsh",
  program: "zsh",
  args: ["-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"],
  activate: "eval $(aws-as -s)",
  dump: (file) => [
    `{ typeset -p; functions; alias -L; setopt; zmodload; bindkey; zle -l; trap; } >! ${file} 2>&1`,
  ],
  restless:
    /^(typeset|export)( -\S+)*( -?\d+)? (_|HISTCMD|LINENO|RANDOM|SECONDS|TTYIDLE|EPOCH\w+|pipestatus|status|'\?'|\?|argv|jobtexts|jobstates|jobdirs|parameters|functions|history|historywords|commands)=/,
});
