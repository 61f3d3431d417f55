import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { escaped, repliesIn } from "../../src/prompt/window/pinentry.ts";

test("replies are counted from behind the greeting, and carry their data", () => {
  const output =
    "OK Pleased to meet you\nOK\n# a remark\nS STATUS x\nD 123%25\nD 456\nOK\nERR 83886179 Operation cancelled <Pinentry>\n";
  assert.deepEqual(repliesIn(output), [
    { kind: "ok", data: "" },
    { kind: "ok", data: "123%456" },
    { kind: "error", code: 99, words: "Operation cancelled <Pinentry>" },
  ]);
});

test("a program that ends early has fewer replies, or none", () => {
  for (const output of ["", "OK Pleased to meet you\n", "garbage\n"]) assert.deepEqual(repliesIn(output), []);
});

test("no text ends its line or begins an escape", () => {
  assert.equal(escaped("a%b\nc\rd"), "a%25b%0Ac%0Dd");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[\r\n]/.test(escaped(text))));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const [reply] = repliesIn(`OK hello\nD ${escaped(text)}\nOK\n`);
      assert.equal(reply?.kind === "ok" && reply.data, text);
    }),
  );
});
