import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parsePassDocument, printPassDocument } from "../../src/store/pass/pass-entry.ts";

const item = { name: "long-term key AKIA", label: "key", createdAt: 1, addedAt: 2 };

test("a document comes back as it was, whatever it holds", () => {
  const values = ["{}", '"\\naws-as: {}"', '{\n"a":\n"aws-as: {\\"version\\":1}"\n}\n', '"\\u0000é😀"'];
  for (const value of values) {
    assert.deepEqual(parsePassDocument(printPassDocument(item, value), item.name), { value });
  }
  fc.assert(
    fc.property(fc.json(), (value) => {
      assert.deepEqual(parsePassDocument(printPassDocument(item, value), item.name), { value });
    }),
  );
});

test("the document stands in front, where a person finds the password of an entry", () => {
  const [first, second] = printPassDocument(item, '{"version":1}').split("\n");
  assert.equal(first, '{"version":1}');
  assert.equal(
    second,
    'aws-as: {"version":1,"name":"long-term key AKIA","label":"key","createdAt":1,"addedAt":2}',
  );
});

test("a document that is cut short anywhere is damaged, never a shorter one", () => {
  const text = printPassDocument(item, '{"a":1}');
  // The last character is the end of the line, without which it is still whole.
  for (let length = 0; length < text.length - 1; length += 1) {
    assert.ok("damage" in parsePassDocument(text.slice(0, length), item.name), `${length}`);
  }
});

test("a document under another name, or of another version, is damaged", () => {
  const text = printPassDocument(item, "{}");
  assert.deepEqual(parsePassDocument(text, "other"), { damage: "it holds another item" });
  const later = text.replace('"version":1', '"version":2');
  assert.deepEqual(parsePassDocument(later, item.name), {
    damage: "it was written by another version of aws-as",
  });
  assert.ok("damage" in parsePassDocument("hunter2\nuser: me\n", item.name));
});
