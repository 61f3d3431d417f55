import assert from "node:assert/strict";
import test from "node:test";
import { completionAnswer } from "../../../src/commands/completion/complete.ts";

const identities = [
  { word: "team:dev", description: "role dev in 111111111111" },
  { word: "back\\slash", description: "user" },
  { word: "two words", description: "a \u001b[31mred\u001b[0m\tname" },
  { word: "\u001b[31mred", description: "user" },
];

function answer(words: readonly string[], env = {}): string[] {
  const text = completionAnswer(words, { grammar: { verbs: [], choices: {} }, identities, env });
  return text.split("\n").slice(0, -1);
}

test("bash is told what fits, without what stands before the last colon", () => {
  assert.deepEqual(answer(["bash", "aws-as use team:", " :"]), ["dev"]);
  assert.deepEqual(answer(["bash", "aws-as use tw", " :"]), ["two\\ words"]);
});

test("zsh is told everything, a colon before the description", () => {
  assert.deepEqual(answer(["zsh", "aws-as", "use", "t"]), [
    "team\\:dev:role dev in 111111111111",
    "back\\\\slash:user",
    "two words:a ?[31mred?[0m?name",
  ]);
});

for (const shell of ["fish", "elvish"])
  test(`${shell} is told everything, a tab before the description`, () => {
    assert.deepEqual(answer([shell, "aws-as", "use", "t"]), [
      "team:dev\trole dev in 111111111111",
      "back\\slash\tuser",
      "two words\ta ?[31mred?[0m?name",
    ]);
  });

test("tcsh is told what fits its variable, and nothing that it would take for two words", () => {
  assert.deepEqual(answer(["csh"], { COMMAND_LINE: "aws-as use t" }), ["team:dev"]);
  assert.deepEqual(answer(["csh"]), ["team:dev", "back\\slash"]);
});

test("nushell is told everything, of a line that it cuts itself", () => {
  assert.equal(answer(["nu", "aws-as use 'two w"]).length, 3);
});

test("PowerShell is told what fits the word behind the dot", () => {
  assert.deepEqual(answer(["powershell", "aws-as", "use", ".te"]), ["team:dev\trole dev in 111111111111"]);
});

test("an unknown shell is told nothing", () => {
  assert.deepEqual([answer([]), answer(["tclsh", "aws-as", ""])], [[], []]);
});
