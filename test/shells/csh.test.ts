import type { Shell } from "../support/shells/shell.ts";
import { storyOf } from "../support/shells/story.ts";

const csh: Shell = {
  name: "csh",
  program: "bsd-csh",
  args: ["-f"],
  // In two pieces, so that what is typed does not look like a prompt.
  prepare: ["set prompt='ready''> '"],
  activate: "eval `aws-as -c`",
  dump: (file) => [`set > ${file}`, `setenv >> ${file}`, `alias >> ${file}`],
  restless: /^_\t/,
  status: "$status",
};

const tcsh: Shell = {
  ...csh,
  name: "tcsh",
  program: "tcsh",
  dump: (file) => [
    ...csh.dump(file),
    ...["complete", "bindkey", "sched"].map((command) => `${command} >> ${file}`),
  ],
};

for (const shell of [csh, tcsh]) storyOf(shell);
