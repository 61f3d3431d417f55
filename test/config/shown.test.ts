import assert from "node:assert/strict";
import test from "node:test";
import { at, quote } from "../../src/config/shown.ts";

const shown: [string, string, string][] = [
  ["text as it is", "my-role", '"my-role"'],
  ["a quote and a backslash escaped", 'a"b\\', '"a\\"b\\\\"'],
  ["control characters as escapes", "a\x1b[31m\x07\x7f\x9b", '"a\\u001b[31m\\u0007\\u007f\\u009b"'],
  [
    "what turns the direction of writing as escapes",
    "\u200e\u200f\u2028\u202e\u2066\u2069",
    '"\\u200e\\u200f\\u2028\\u202e\\u2066\\u2069"',
  ],
  ["letters of other scripts as they are", "ü\u200d\u2070", '"ü\u200d\u2070"'],
  ["200 characters whole", "x".repeat(200), `"${"x".repeat(200)}"`],
  ["what is longer cut", "x".repeat(201), `"${"x".repeat(200)}…"`],
  ["the first line alone", "a\ncanary", '"a…"'],
  ["an empty first line too", "\ncanary", '"…"'],
  ["nothing as nothing", "", '""'],
];
for (const [name, text, expected] of shown) {
  test(`messages show ${name}`, () => assert.equal(quote(text), expected));
}

test("a place is a file with a line", () => {
  assert.equal(at({ file: "~/.aws/config", line: 3 }), "~/.aws/config:3");
});
