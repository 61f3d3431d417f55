import assert from "node:assert/strict";
import test from "node:test";
import { commandNames } from "../../../src/argv.ts";
import { loadCommands } from "../../../src/cli/run.ts";
import { commands } from "../../../src/commands/commands.ts";
import { candidates } from "../../../src/commands/completion/candidates.ts";
import { verbsOf } from "../../../src/commands/completion/program-grammar.ts";

const plain = { flags: [], parameters: [], open: false };
const two = [
  { ...plain, name: "box open", description: "open it", parameters: ["identity"] },
  {
    ...plain,
    name: "box move",
    description: "move it",
    flags: [{ names: ["--to"], description: "where to", takesValue: true }],
    parameters: ["how"],
  },
];
const grammar = {
  verbs: [...verbsOf(await loadCommands(commandNames, commands)), ...two],
  choices: {
    env: { "--limit": ["read-only"], "--shell": ["sh", "fish"], "--format": ["json", "dotenv"] },
    activate: { "--shell": ["sh"] },
    completion: { shell: ["bash", "zsh"] },
    "box move": { "--to": ["here", "there"], how: ["fast"] },
  },
};
const names = ["my-user1", "team:dev", "login"];
const verbs = [...new Set(grammar.verbs.map(({ name }) => name.split(" ")[0] ?? ""))];
const identities = names.map((word) => ({ word, description: "user" }));

/** The words for a line of which `|` marks the cursor. */
function at(line: string): string[] {
  return candidates(line.replace(/\|$/, "").split(" "), grammar, identities).map(({ word }) => word);
}

const lines: readonly (readonly [line: string, what: string, expected: readonly string[]])[] = [
  ["aws-as |", "identities and commands", ["my-user1", "team:dev", ...verbs]],
  ["aws-as te|", "the same, for the shell to choose from", ["my-user1", "team:dev", ...verbs]],
  ["/usr/bin/aws-as |", "the same", ["my-user1", "team:dev", ...verbs]],
  ["A=1 B= aws-as |", "the same", ["my-user1", "team:dev", ...verbs]],
  ["aws-as -|", "nobody, and options", ["-", "--previous", "-s", "-c", "--shell", "--help", "--version"]],
  ["aws-as --shell |", "shells that activation knows", ["sh"]],
  ["aws-as --shell=|", "the same", ["--shell=sh"]],
  ["aws-as -s |", "nothing more", []],
  ["aws-as -- |", "identities alone, also those named like a command", names],
  ["aws-as -- -|", "identities, for a name may begin so", names],
  ["aws-as -- my-user1 |", "nothing more", []],
  ["aws-as use |", "identities alone", names],
  ["aws-as use my-user1 |", "nothing more", []],
  ["aws-as my-user1 |", "nothing more", []],
  [
    "aws-as my-user1 -|",
    "the code, the region, and with how much power",
    ["--code", "--region", "--limit", "--policy", "--help"],
  ],
  ["aws-as my-user1 --limit |", "the ready policies", ["read-only"]],
  ["aws-as - |", "nothing more", []],
  ...["env", "explain", "login", "logout", "process"].map(
    (verb) => [`aws-as ${verb} |`, "identities", names] as const,
  ),
  ["aws-as env my-user1 |", "nothing more", []],
  ["aws-as explain my-user1 -|", "options", ["--limit", "--policy", "--json", "--help"]],
  ["aws-as list |", "nothing more", []],
  ["aws-as list -|", "options", ["--json", "--help"]],
  ["aws-as env -- |", "identities", names],
  [
    "aws-as env -|",
    "options",
    ["--shell", "--format", "--code", "--region", "--limit", "--policy", "--renew", "--help"],
  ],
  [
    "aws-as env my-user1 --format json -|",
    "options not given yet",
    ["--shell", "--code", "--region", "--limit", "--policy", "--renew", "--help"],
  ],
  [
    "aws-as env --format=json -|",
    "options not given yet",
    ["--shell", "--code", "--region", "--limit", "--policy", "--renew", "--help"],
  ],
  ["aws-as env --shell |", "shells", ["sh", "fish"]],
  ["aws-as env my-user1 --format |", "formats", ["json", "dotenv"]],
  ["aws-as env --format=j|", "formats behind the sign", ["--format=json", "--format=dotenv"]],
  ["aws-as env --format json |", "identities: the option's value is no argument", names],
  ["aws-as env --format=json |", "identities", names],
  ["aws-as env --code |", "nothing: a code cannot be known", []],
  ["aws-as env --nonsense |", "identities", names],
  ["aws-as logout --all -|", "what is left", ["--help"]],
  ["aws-as init a b |", "any number of identities", names],
  ["aws-as status |", "nothing", []],
  ["aws-as status -|", "options", ["--json", "--watch", "--help"]],
  ["aws-as completion |", "shells that have one", ["bash", "zsh"]],
  ["aws-as completion bash |", "nothing more", []],
  ["aws-as box|", "a first word of two stands among the commands once", ["my-user1", "team:dev", ...verbs]],
  ["aws-as box |", "the second words", ["open", "move"]],
  ["aws-as box -|", "help", ["--help"]],
  ["aws-as box open |", "the arguments of the two", names],
  ["aws-as box open -|", "its options", ["--help"]],
  ["aws-as box open my-user1 |", "nothing more", []],
  ["aws-as box move |", "what its argument can be", ["fast"]],
  ["aws-as box move --to |", "what its option takes", ["here", "there"]],
  ["aws-as box move --to=t|", "the same behind the sign", ["--to=here", "--to=there"]],
  ["aws-as box close |", "nothing behind what is not there", []],
  ["aws-as bo |", "nothing behind half a word", []],
  ["aws-as-deactivate |", "its option", ["--keep-creds"]],
  ["aws-as-deactivate --keep-creds |", "nothing more", []],
  ["aws-as|", "what follows the command", ["my-user1", "team:dev", ...verbs]],
  ["|", "the same", ["my-user1", "team:dev", ...verbs]],
];

for (const [line, what, expected] of lines) {
  test(`${line}: ${what}`, () => assert.deepEqual(at(line), expected));
}

test("hidden commands are not offered", () => {
  const words = at("aws-as |");
  for (const hidden of ["switch", "use", "complete"]) assert.ok(!words.includes(hidden), hidden);
});

test("every candidate but a choice says what it is", () => {
  for (const line of ["aws-as ", "aws-as -", "aws-as box ", "aws-as env -", "aws-as-deactivate "]) {
    for (const { word, description } of candidates(line.split(" "), grammar, identities)) {
      assert.notEqual(description, "", word);
    }
  }
});
