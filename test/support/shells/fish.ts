import type { Shell } from "./shell.ts";

const dump =
  "set -S; functions -a; abbr; bind; complete; " +
  "for f in (functions -a | string split ', '); functions --details -v $f; functions $f; end";

export const fish: Shell = {
  name: "fish",
  program: "fish",
  args: ["--no-config", "--interactive"],
  // Colours and suggestions would be drawn over what is typed.
  env: { TERM: "dumb" },
  numbered: true,
  prepare: [
    // The dump loads all functions that are not loaded yet.
    `begin; ${dump}; end > /dev/null 2>&1`,
    `function fish_prompt; set -g ready (math $ready + 1); echo -n "$ready ready> "; end; set -g ready 0`,
  ],
  activate: "eval (aws-as --shell fish)",
  status: "$status",
  dump: (file) => [`begin; ${dump}; end > ${file} 2>&1`],
  restless: /^\$(status|pipestatus|history|CMD_DURATION|status_generation|COLUMNS|LINES|ready)\b|^ready\b/,
};
