import assert from "node:assert/strict";
import test from "node:test";
import { found } from "../../src/prompt/pick.ts";
import type { Choice } from "../../src/prompt/prompt.ts";

const choice = (name: string, account: string): Choice => ({
  name,
  shown: `${name}  ${account}  1 h left`,
  words: `arn:aws:iam::${account}:role/team/${name}-Role`,
});
// In the order of their last use.
const choices = [
  choice("prod-admin", "111111111111"),
  choice("dev", "222222222222"),
  choice("dev-admin", "222222222222"),
  choice("audit", "333333333333"),
];
const table: readonly (readonly [typed: string, what: string, expected: readonly string[]])[] = [
  ["", "all, as they are", ["prod-admin", "dev", "dev-admin", "audit"]],
  ["dev", "the name itself before those that begin so", ["dev", "dev-admin"]],
  ["ADMIN", "parts of names, in the order of use", ["prod-admin", "dev-admin"]],
  ["pa", "letters in their order", ["prod-admin"]],
  ["2222", "an account", ["dev", "dev-admin"]],
  ["role/team/audit", "an ARN", ["audit"]],
  ["admin 222", "every word fits", ["dev-admin"]],
  ["zz", "nothing", []],
];
for (const [typed, what, expected] of table) {
  test(`a list is narrowed by "${typed}": ${what}`, () => {
    assert.deepEqual(
      found(choices, typed).map(({ name }) => name),
      expected,
    );
  });
}
