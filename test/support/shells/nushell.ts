import { createRequire } from "node:module";
import { nushell as emitted } from "../../../src/emit/nushell/shell.ts";
import type { Shell } from "./shell.ts";

/** The program: npm has it for some platforms (test/support/nushell/package.json); elsewhere the one on the PATH. */
export const nuProgram = process.env["AWS_AS_TEST_NU"] ?? program();

function program(): string {
  try {
    const { platform, arch } = process;
    return createRequire(import.meta.url).resolve(`@nushell/${platform}-${arch}/bin/nu`);
  } catch {
    return "nu";
  }
}

/** What makes the prompt `ready> `. */
export const nuSettings = [
  '$env.PROMPT_COMMAND = {|| "ready> " }',
  '$env.PROMPT_INDICATOR = ""',
  '$env.PROMPT_COMMAND_RIGHT = ""',
  "$env.config.show_banner = false",
];

/** Everything that nushell can tell of itself, but for the numbers that it gives to definitions. */
const state = `[
  ...(scope commands | select name type description | each { to nuon })
  ...(scope aliases | select name expansion | each { to nuon })
  ...(scope externs | get name)
  ...(scope modules | get name)
  ...(scope variables | get name)
  ...($env | reject config | items {|name value| $"($name) ($value | to nuon --serialize)" })
  ...($env.config | to nuon --serialize --indent 1 | lines | str trim --right --char ",")
]`.replaceAll(/\s+/g, " ");

export const nushell: Shell = {
  name: "nushell",
  program: nuProgram,
  args: ["--no-config-file", "--execute", nuSettings.join("; ")],
  activate: emitted.setup[0].line,
  dump: (file) => [`${state} | to text | save --force ${file}`],
  restless: /^(CMD_DURATION_MS|LAST_EXIT_CODE) /,
  statusLine: 'print $"status is ($env.LAST_EXIT_CODE)"',
  variables: "^env -u CMD_DURATION_MS -u LAST_EXIT_CODE -0 o> ~/variables",
  usage: /doesn't have flag `nonsense`/,
};
