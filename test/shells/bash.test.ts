import { storyOf } from "../support/shells/story.ts";

const dump = (file: string) => [
  `{ set; declare -f; alias; shopt; set -o; complete -p; trap; bind -S; } > ${file} 2>&1`,
];

storyOf({
  name: "bash",
  program: "bash",
  args: ["--noprofile", "--norc", "-i"],
  activate: "eval $(aws-as -s)",
  dump,
  restless: /^(_|BASH_LINENO|BASH_ARGC|BASH_ARGV|PIPESTATUS|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH\w+|PPID)=/,
});
