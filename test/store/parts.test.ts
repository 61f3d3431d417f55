import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { partName, readFirstPart } from "../../src/store/keychain/parts.ts";
import { joinParts, splitDocument } from "../../src/store/keychain/split.ts";

const withoutPrefix = (texts: readonly string[], value: string, limit: number): void => {
  for (const text of texts)
    assert.ok(Buffer.byteLength(text) <= limit, `${Buffer.byteLength(text)} > ${limit}`);
  assert.ok(Buffer.byteLength(texts.join("")) >= Buffer.byteLength(value));
};

test("what was split joins to the same document, and no part is over the limit", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 900, size: "max" }).filter((value) => !value.includes("\0")),
      fc.integer({ min: 128, max: 400 }),
      (value, limit) => {
        const split = splitDocument(value, limit);
        withoutPrefix([split.first, ...split.further], value, limit);
        const first = readFirstPart(split.first);
        assert.ok(first);
        if (first.kind === "whole") assert.equal(first.value, value);
        else assert.equal(joinParts(first, split.further), value);
      },
    ),
  );
});

test("a document that fits takes one part, up to the very byte", () => {
  const header = Buffer.byteLength("aws-as 1\n");
  assert.equal(splitDocument("x".repeat(2560 - header), 2560).further.length, 0);
  assert.equal(splitDocument("x".repeat(2561 - header), 2560).further.length, 1);
  assert.equal(splitDocument("é".repeat(1280), 2560).further.length, 1);
});

const value = "0123456789".repeat(100);
const split = splitDocument(value, 256);
const other = splitDocument(value.replaceAll("0", "9"), 256);
const torn: readonly (readonly [string, readonly (string | undefined)[]])[] = [
  ["a part missing in the middle", split.further.with(1, undefined as unknown as string)],
  ["the last part missing", split.further.slice(0, -1)],
  ["a part too many", [...split.further, split.further.at(-1)]],
  ["two parts exchanged", [split.further[1], split.further[0], ...split.further.slice(2)]],
  ["a part of another write", split.further.with(0, other.further[0] ?? "")],
  ["a changed character", split.further.with(0, (split.further[0] ?? "").replace(/.$/, "x"))],
];
for (const [what, further] of torn) {
  test(`a torn set reads as absent: ${what}`, () => {
    const first = readFirstPart(split.first);
    assert.ok(first?.kind === "split");
    assert.equal(joinParts(first, split.further), value);
    assert.equal(joinParts(first, further), undefined);
  });
}

for (const text of [
  "",
  "{}",
  "aws-as 2\n{}",
  "aws-as 1",
  "aws-as 1 x\n{}",
  "aws-as 1 000001 short hash\n{}",
]) {
  test(`${JSON.stringify(text)} is not a first part`, () => {
    assert.equal(readFirstPart(text), undefined);
  });
}

test("parts of two writes never have the same name", () => {
  assert.notEqual(split.set, other.set);
  assert.equal(partName("a", "00ff", 2), "a#00ff.2");
});

test("a document that the keychain would cut is refused", () => {
  assert.throws(() => splitDocument("a\0b", 2560), /NUL/);
});
