import assert from "node:assert/strict";
import test from "node:test";
import { inBash, readBashLine } from "../../../src/emit/bourne/answer.ts";
import { hostileValues } from "../../support/hostile-values.ts";

const breaks = " \t\n\"'@><=;|&(:";

const lines: readonly (readonly [line: string, words: readonly string[], put: string])[] = [
  ["aws-as ", ["aws-as", ""], "a:b\\ c"],
  ["aws-as a", ["aws-as", "a"], "a:b\\ c"],
  ["aws-as  x   a", ["aws-as", "x", "a"], "a:b\\ c"],
  ["aws-as a:", ["aws-as", "a:"], "b\\ c"],
  ["aws-as a:b", ["aws-as", "a:b"], "b\\ c"],
  ["aws-as a@", ["aws-as", "a@"], ":b\\ c"],
  ["aws-as a\\:b", ["aws-as", "a:b"], "a:b\\ c"],
  ["aws-as a:b\\ ", ["aws-as", "a:b "], "b\\ c"],
  ['aws-as "a:b', ["aws-as", "a:b"], "a:b c"],
  ["aws-as 'a:b", ["aws-as", "a:b"], "a:b c"],
  ["aws-as a:'b", ["aws-as", "a:b"], "b c"],
  ['aws-as "a":b', ["aws-as", "a:b"], "b\\ c"],
  ['aws-as "a"', ["aws-as", "a"], ":b\\ c"],
  ["aws-as ''", ["aws-as", ""], "a:b\\ c"],
  ['aws-as "x y" ', ["aws-as", "x y", ""], "a:b\\ c"],
  ["aws-as 'it'\\''s' ", ["aws-as", "it's", ""], "a:b\\ c"],
  ['aws-as "\\$x \\y" ', ["aws-as", "$x \\y", ""], "a:b\\ c"],
  ["", [""], "a:b\\ c"],
];

for (const [text, words, put] of lines) {
  test(`${JSON.stringify(text)} is read as bash reads it, and the rest of the word fits`, () => {
    const line = readBashLine(text, breaks);
    assert.deepEqual(line.words, words);
    assert.equal(inBash("a:b c", line), put);
  });
}

test("what is put in means the word again, whatever is in it", () => {
  for (const value of hostileValues) {
    for (const opened of ["", "'", '"']) {
      const line = readBashLine(`aws-as ${opened}`, breaks);
      // An unquoted newline cannot be escaped by a backslash; no name holds one.
      if (value === "" || (opened === "" && value.includes("\n"))) continue;
      const whole = readBashLine(`aws-as ${opened}${inBash(value, line)}${opened}`, breaks);
      assert.deepEqual(whole.words, ["aws-as", value]);
    }
  }
});
