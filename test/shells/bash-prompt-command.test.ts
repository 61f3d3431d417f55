import assert from "node:assert/strict";
import test from "node:test";
import { makeDesk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { files, recorded, runShell } from "../support/shells/scripts.ts";

const entry = String.raw`\${__aws_as_hook+\"\$__aws_as_hook\"} && \\:`;

/** What PROMPT_COMMAND is; with the hook in it; what somebody then does to it; what is there when we are gone. */
const cases: [what: string, before: string, during: string | undefined, change: string, after: string][] = [
  ["nothing", "", `declare -- PROMPT_COMMAND="${entry}"`, "", ""],
  [
    "an empty text",
    'declare -- PROMPT_COMMAND=""',
    `declare -- PROMPT_COMMAND="${entry}"`,
    "",
    'declare -- PROMPT_COMMAND=""',
  ],
  [
    "a text",
    'declare -- PROMPT_COMMAND="one"',
    `declare -- PROMPT_COMMAND="one\n${entry}"`,
    "",
    'declare -- PROMPT_COMMAND="one"',
  ],
  [
    "a text that ends in ;",
    'declare -x PROMPT_COMMAND="one;"',
    `declare -x PROMPT_COMMAND="one;\n${entry}"`,
    "",
    'declare -x PROMPT_COMMAND="one;"',
  ],
  [
    "a text that ends in a comment",
    'declare -- PROMPT_COMMAND="one # two"',
    `declare -- PROMPT_COMMAND="one # two\n${entry}"`,
    "",
    'declare -- PROMPT_COMMAND="one # two"',
  ],
  [
    "a list",
    'declare -a PROMPT_COMMAND=([0]="one" [1]="two")',
    `declare -a PROMPT_COMMAND=([0]="one" [1]="two" [2]="${entry}")`,
    "",
    'declare -a PROMPT_COMMAND=([0]="one" [1]="two")',
  ],
  [
    "a list with holes, exported",
    'declare -ax PROMPT_COMMAND=([3]="one")',
    `declare -ax PROMPT_COMMAND=([3]="one" [4]="${entry}")`,
    "",
    'declare -ax PROMPT_COMMAND=([3]="one")',
  ],
  [
    "an empty list",
    "declare -a PROMPT_COMMAND=()",
    `declare -a PROMPT_COMMAND=([0]="${entry}")`,
    "",
    "declare -a PROMPT_COMMAND=()",
  ],
  [
    "a text that nobody may change",
    'declare -r PROMPT_COMMAND="one"',
    undefined,
    "",
    'declare -r PROMPT_COMMAND="one"',
  ],
  [
    "a list that nobody may change",
    'declare -ar PROMPT_COMMAND=([0]="one")',
    undefined,
    "",
    'declare -ar PROMPT_COMMAND=([0]="one")',
  ],
  [
    "nothing, and later something after it",
    "",
    undefined,
    'PROMPT_COMMAND+="; two"',
    'declare -- PROMPT_COMMAND="two"',
  ],
  [
    "nothing, and later something close after it",
    "",
    undefined,
    'PROMPT_COMMAND+=";two"',
    'declare -- PROMPT_COMMAND="two"',
  ],
  [
    "nothing, and later a line after it",
    "",
    undefined,
    "PROMPT_COMMAND+=$'\\ntwo'",
    'declare -- PROMPT_COMMAND="two"',
  ],
  [
    "nothing, and later something on both sides",
    "",
    undefined,
    'PROMPT_COMMAND="one;$PROMPT_COMMAND; two"',
    'declare -- PROMPT_COMMAND="one;two"',
  ],
  [
    "a text that ends in ;, and later something after it",
    'declare -- PROMPT_COMMAND="one;"',
    undefined,
    'PROMPT_COMMAND+="; two"',
    'declare -- PROMPT_COMMAND="one;\ntwo"',
  ],
  [
    "a text of which somebody makes a list",
    'declare -- PROMPT_COMMAND="one"',
    undefined,
    "PROMPT_COMMAND+=(two)",
    'declare -a PROMPT_COMMAND=([0]="one" [1]="two")',
  ],
  [
    "a list that grows",
    'declare -a PROMPT_COMMAND=([0]="one")',
    undefined,
    "PROMPT_COMMAND+=(two)",
    'declare -a PROMPT_COMMAND=([0]="one" [2]="two")',
  ],
  [
    "a text that is replaced",
    'declare -- PROMPT_COMMAND="one"',
    undefined,
    "PROMPT_COMMAND=two",
    'declare -- PROMPT_COMMAND="two"',
  ],
  ["nothing, and later taken away", "", undefined, "unset PROMPT_COMMAND", ""],
  [
    "bash-preexec's, as it is since bash 5.1",
    'declare -a PROMPT_COMMAND=([0]="__bp_precmd_invoke_cmd" [1]="__bp_interactive_mode")',
    `declare -a PROMPT_COMMAND=([0]="__bp_precmd_invoke_cmd" [1]="${entry}\n__bp_interactive_mode")`,
    "",
    'declare -a PROMPT_COMMAND=([0]="__bp_precmd_invoke_cmd" [1]="__bp_interactive_mode")',
  ],
  [
    "bash-preexec's, as it was",
    'declare -- PROMPT_COMMAND="__bp_precmd_invoke_cmd\n__bp_interactive_mode"',
    `declare -- PROMPT_COMMAND="__bp_precmd_invoke_cmd\n${entry}\n__bp_interactive_mode"`,
    "",
    'declare -- PROMPT_COMMAND="__bp_precmd_invoke_cmd\n__bp_interactive_mode"',
  ],
];

test("bash: PROMPT_COMMAND, in each of its forms, is given back with what others made of it", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  files(desk, { code: (await desk.alone("aws-as", ["-s"])).stdout });
  const answers = await recorded(desk, ["-", "--leave"]);
  const activate = `eval "$(cat ~/code)"; ${answers}`;
  const show = "declare -p PROMPT_COMMAND 2>/dev/null; echo --";
  const strict = "set -u; IFS=_P; shopt -s failglob nullglob";
  for (const [what, before, during, change, after] of cases) {
    const script = `${strict}; ${before || "unset PROMPT_COMMAND"}\n${show}
      ${activate}\n${show}\n${activate}; aws-as -\n${show}
      ${change}\naws-as-deactivate\n${show}\ncompgen -v __aws_as; compgen -A function __aws_as`;
    const run = await runShell(desk, ["bash", "--noprofile", "--norc", "-ic", script]);
    const [was, on, twice, gone, left] = run.stdout.split("--\n").map((text) => text.trimEnd());
    const told = `${what} ${run.stderr}`;
    assert.equal(lines(was), before, told);
    assert.equal(lines(on), during ?? lines(on), told);
    assert.equal(twice, on, told);
    assert.equal(lines(gone), after, told);
    assert.equal(left, "", told);
  }
});

/** bash writes a text with a line end in another quoting. */
function lines(declared = ""): string {
  return declared.replace(
    /\$'((?:[^'\\]|\\.)*)'/g,
    (_, text: string) =>
      `"${text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign)).replace(/["$\\`]/g, "\\$&")}"`,
  );
}
