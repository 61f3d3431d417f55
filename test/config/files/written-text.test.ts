import assert from "node:assert/strict";
import test from "node:test";
import { checkWritable, commentLine, headerLine } from "../../../src/config/files/written-text.ts";

test("headers are written as every client reads them", () => {
  assert.equal(headerLine({ type: "profile", name: "a" }, "config"), "[profile a]");
  assert.equal(headerLine({ type: "aws-as", name: "a" }, "config"), "[aws-as a]");
  assert.equal(headerLine({ type: "settings", name: "aws-as" }, "config"), "[aws-as]");
  assert.equal(headerLine({ type: "profile", name: "a" }, "credentials"), "[a]");
  assert.throws(() => headerLine({ type: "aws-as", name: "a" }, "credentials"), {
    message: "a section of type aws-as does not belong in the credentials file",
  });
  assert.throws(() => headerLine({ type: "profile", name: "a b" }, "config"), {
    message: 'the name "a b" cannot be written: use letters, digits and _.@:/+%- only',
  });
});

const names = "yes no on off true false null none A 1a a-b a.b _a".split(" ");
for (const name of ["", "ab ", "xA", ...names]) {
  test(`a property cannot be named "${name}"`, () => {
    assert.throws(() => checkWritable(name, "x"), {
      message: `the property name "${name}" cannot be written: some AWS clients misread it`,
    });
  });
}

const values: [string, string][] = [
  ["", "it is empty"],
  [" \t", "it is empty"],
  [" a", "it begins or ends with white space"],
  ["a ", "it begins or ends with white space"],
  ["a\nb", "it holds a line break or another control character"],
  ["a\x7fb", "it holds a line break or another control character"],
  ["a[b", "it holds a square bracket, which some AWS clients take for a section"],
  ["a]b", "it holds a square bracket, which some AWS clients take for a section"],
  ["#a", "it holds a # or ; that would begin a comment"],
  ["a ;b", "it holds a # or ; that would begin a comment"],
  ["a\ud800b", "it is not valid Unicode"],
];
for (const [value, problem] of values) {
  test(`the value ${JSON.stringify(value)} cannot be written, and is not shown`, () => {
    assert.throws(() => checkWritable("key", value), {
      message: `the value of key cannot be written: ${problem}`,
    });
  });
}

test("other names and values can be written", () => {
  for (const value of ["a", "a#b;c", "ü = x", "/bin/a b"]) checkWritable("a_1b", value);
});

test("a comment is one line", () => {
  assert.equal(commentLine("by me"), "# by me");
  assert.throws(() => commentLine("a\nb"), { message: "a comment must be one line" });
});
