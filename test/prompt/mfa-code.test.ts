import assert from "node:assert/strict";
import test from "node:test";
import { printedCode, typedCode } from "../../src/prompt/mfa-code.ts";
import { printable } from "../../src/system/printable.ts";

for (const [text, expected] of [
  ["123456", "123456"],
  [" 12 34\t56 \r", "123456"],
  ["012345", "012345"],
  ["12345", undefined],
  ["1234567", undefined],
  ["12345a", undefined],
  ["١٢٣٤٥٦", undefined],
  ["", undefined],
] as const) {
  test(`typed ${JSON.stringify(text)} is ${expected ?? "no code"}`, () =>
    assert.equal(typedCode(text), expected));
}

for (const [text, expected] of [
  ["123456\n", "123456"],
  ["123456", "123456"],
  ["\r\n\n  123456  \r\n", "123456"],
  ["Amazon Web Services:me@111111111111  123456\n", "123456"],
  ["user 200305: 123456\n", "123456"],
  ["please wait\n123456\n", "123456"],
  ["my-a  123456\nmy-b  654321\n", "several"],
  ["1234567\n", undefined],
  ["123 456\n", undefined],
  ["", undefined],
] as const) {
  test(`printed ${JSON.stringify(text)} holds ${expected ?? "no code"}`, () => {
    assert.equal(printedCode(text), expected);
  });
}

test("text for the terminal keeps letters and loses what the terminal would obey", () => {
  assert.equal(printable("my-user1 é☃ 日本"), "my-user1 é☃ 日本");
  assert.equal(printable("a\u001b]0;x\u0007b\u009b2Jc\r\nd\u202ee\u2028f\u200b"), "a?]0;x?b?2Jc??d?e?f?");
});
