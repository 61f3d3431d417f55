import type { Shell } from "./shell.ts";

export const elvish: Shell = {
  name: "elvish",
  program: "elvish",
  args: ["-norc"],
  numbered: true,
  prepare: [
    // The right prompt of before is shown once more beside the next prompt.
    "set edit:rprompt = { put '' }",
    "nop",
    "set edit:prompt-stale-threshold = 0; set edit:prompt-stale-transform = {|_| put '' }",
    "var ready = 0; set edit:before-readline = [{ set ready = (+ 1 $ready) }]; " +
      "set edit:prompt = { put $ready' ready> ' }",
  ],
  activate: "eval (aws-as --shell elvish | slurp)",
  statusLine: "try { aws-as nope } catch e { echo 'status is '$e[reason][exit-status] }",
  // What of the variables elvish can list, and the functions that the prompt is made by, with their addresses.
  dump: (file) => [
    `{ each $echo~ [(order [(keys $edit:)])]; pprint $edit:before-readline $edit:prompt $edit:completion:arg-completer; env | sort } > ${file}`,
  ],
  restless: /^_=/,
};
