import assert from "node:assert/strict";
import test from "node:test";
import { hiddenLines } from "../../../src/system/terminal/windows-console.ts";

const cases: [string, string, ReturnType<typeof hiddenLines>][] = [
  ["a line that goes on", "abc", { lines: "", rest: "abc" }],
  ["lines, and what follows", "ab\rcd\r\x7fe", { lines: "ab\ncd\n", rest: "e" }],
  ["what was taken back, and letters of two units", "x\u{1f600}\by\b\b\bz\r", { lines: "z\n", rest: "" }],
  ["arrows and other keys of no letter", "a\x1b[D\x1b[3~\x1bOPb\tc", { lines: "", rest: "abc" }],
  ["Ctrl-C, which forgets the line", "abc\x03d", { lines: "", rest: "", end: "interrupted" }],
  ["Ctrl-Z on an empty line", "a\r\x1ab", { lines: "a\n", rest: "", end: "end" }],
];
for (const [name, keys, expected] of cases) {
  test(`keys while typing is hidden: ${name}`, () => assert.deepEqual(hiddenLines(keys), expected));
}
