import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate } from "node:timers/promises";
import { withoutWarning } from "../../src/system/standard-output.ts";

test("the named warning is left out while the work runs, and no other one, and none later", async () => {
  const seen: string[] = [];
  const listen = (warning: Error) => seen.push(warning.message);
  const printers = process.listeners("warning");
  process.removeAllListeners("warning").on("warning", listen);
  const result = withoutWarning("advice", () => {
    process.emitWarning("some advice for developers");
    process.emitWarning("something else", "TestWarning");
    return 7;
  });
  process.emitWarning("advice again", "TestWarning");
  await setImmediate();
  process.off("warning", listen);
  for (const printer of printers) process.on("warning", printer);
  assert.equal(result, 7);
  assert.deepEqual(seen, ["something else", "advice again"]);
});

test("warnings are back after work that throws", () => {
  const before = process.emitWarning;
  assert.throws(() =>
    withoutWarning("advice", () => {
      throw new Error("no");
    }),
  );
  assert.equal(process.emitWarning, before);
});
