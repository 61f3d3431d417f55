import assert from "node:assert/strict";
import test from "node:test";
import { suggest } from "../../src/system/suggest.ts";

const meant: [string, string[], string[]][] = [
  ["prod", ["prod", "prod1"], ["prod1"]],
  ["prdo", ["prod"], ["prod"]],
  ["rpod", ["prod"], ["prod"]],
  ["pord", ["prod"], ["prod"]],
  ["staging", ["stgaign"], ["stgaign"]],
  ["staging", ["tsgaign", "tsgaing"], ["tsgaing"]],
  ["abcdef", ["abcdxy", "abcxyz"], ["abcdxy"]],
  ["abcdef", ["abcdefgh", "cdef", "xabcdef"], ["abcdefgh", "xabcdef", "cdef"]],
  ["abcdef", ["abxdyf", "abcdex", "axcdef", "abcdxf", "abcxef"], ["abcdex", "axcdef", "abcdxf"]],
  ["ab", ["xy", "ax", "a"], ["ax", "a"]],
  ["a", ["abcdef", "b", "ab"], ["ab"]],
  ["", ["a", "abc"], []],
];
for (const [typed, names, expected] of meant) {
  test(`"${typed}" may have meant ${expected.join(", ") || "none"} of ${names.join(", ")}`, () => {
    assert.deepEqual(suggest(typed, names), expected);
  });
}
