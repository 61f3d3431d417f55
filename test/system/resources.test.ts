import assert from "node:assert/strict";
import { totalmem } from "node:os";
import test from "node:test";
import { availableMemory } from "../../src/system/resources.ts";

const mebibyte = 2 ** 20;

for (const [what, limit, isLess] of [
  ["a container's limit counts", 64 * mebibyte, true],
  ["no limit is no limit", 0, false],
  ["a limit beyond all memory is none", 2 ** 63, false],
] as const) {
  test(`memory: ${what}`, (t) => {
    t.mock.method(process, "constrainedMemory", () => limit);
    const memory = availableMemory();
    if (isLess) assert.equal(memory, limit);
    else assert.ok(memory > 64 * mebibyte && memory <= totalmem(), String(memory));
  });
}
