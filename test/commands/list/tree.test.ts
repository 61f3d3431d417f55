import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { treeOf } from "../../../src/commands/list/tree.ts";

const strokes = { branch: "├ ", lastBranch: "└ ", trunk: "│ ", gap: "  " };

/** `a<b` is a with its source b. */
function drawn(...texts: string[]): string[] {
  const items = texts.map((text) => {
    const [name = "", source] = text.split("<");
    return { name, ...(source === undefined ? {} : { source }) };
  });
  return treeOf(items, strokes).map(({ item, prefix }) => prefix + item.name);
}

test("an identity stands below its source, in the order of the file", () => {
  assert.deepEqual(drawn("c<b", "u", "a<u", "b<u", "v", "d<c"), ["u", "├ a", "└ b", "  └ c", "    └ d", "v"]);
  assert.deepEqual(drawn("u", "a<u", "x<a", "b<u"), ["u", "├ a", "│ └ x", "└ b"]);
});

test("a source that is not in the list is no source", () => {
  assert.deepEqual(drawn("a<gone", "b"), ["a", "b"]);
});

test("profiles that are each other's source stand there once", () => {
  assert.deepEqual(drawn("u", "a<b", "b<a", "c<b"), ["u", "a", "└ b", "  └ c"]);
});

test("whatever the sources are, each identity is in the tree once", () => {
  const names = ["a", "b", "c", "d", "e"];
  const one = fc.option(fc.constantFrom(...names, "gone"), { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(one, one, one, one, one), (sources) => {
      const items = names.map((name, index) => {
        const source = sources[index];
        return { name, ...(source === undefined ? {} : { source }) };
      });
      const rows = treeOf(items, strokes).map(({ item }) => item.name);
      assert.deepEqual([...rows].sort(), names);
    }),
  );
});
