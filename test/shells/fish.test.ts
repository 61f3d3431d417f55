import { storyOf } from "../support/shells/story.ts";

storyOf({
  name: "fish",
  program: "fish",
  args: ["--no-config", "--interactive"],
  // Colours and suggestions would be drawn over what is typed.
  env: { TERM: "dumb" },
  prepare: ["function fish_prompt; echo -n 'ready> '; end"],
  activate: "eval (aws-as --shell fish)",
  status: "$status",
  dump: (file) => [
    `begin; set -S; functions -a; for f in (functions -a | string split ', '); functions --details -v $f; functions $f; end; abbr; bind; complete; end > ${file} 2>&1`,
  ],
  restless: /^\$(status|pipestatus|history|CMD_DURATION|status_generation|version|COLUMNS|LINES)/,
});
