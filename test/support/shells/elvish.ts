import { elvish } from "../../../src/emit/elvish/shell.ts";
import type { Shell } from "./shell.ts";

/**
 * What makes the prompt `N ready> `, and a function that writes down what elvish can list of itself, functions by their
 * address. To be put into a start-up file.
 */
export const elvishSettings = `
# Prompts of before are not shown again while the next ones are made.
set edit:prompt-stale-threshold = 0
set edit:prompt-stale-transform = {|_| put '' }
set edit:rprompt = { put '' }
var number = 0
set edit:before-readline = [{ set number = (+ 1 $number) }]
set edit:prompt = { put $number' ready> ' }
fn write-state {|file names|
  {
    each $echo~ [(order [(keys $edit:)])]
    each $echo~ [(order [(keys $edit:completion:)])]
    pprint $edit:before-readline $edit:after-readline $edit:after-command $edit:add-cmd-filters
    pprint $edit:prompt $edit:rprompt $edit:completion:arg-completer
    pprint $edit:abbr $edit:command-abbr $edit:small-word-abbr
    pprint $before-chdir $after-chdir $notify-bg-job-success $value-out-indicator
    each {|name| echo 'name '$name } [(order $names)]
    env | sort
  } > $file
}
`;

/** elvish with a start-up file that holds the settings. */
export function elvishWith(startFile: string): Shell {
  return {
    name: "elvish",
    program: "elvish",
    args: ["-rc", startFile],
    numbered: true,
    activate: elvish.setup[0].line,
    // Only code that is typed knows the names that a person can type.
    dump: (file) => [`eval '' &on-end={|ns| write-state ${file} [(keys $ns)] }`],
    restless: /^_=/,
    statusLine: "{ try { aws-as nope } catch e { echo 'status is '$e[reason][exit-status] } }",
  };
}
