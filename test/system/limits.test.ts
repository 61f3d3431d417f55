import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import test from "node:test";
import * as limits from "../../src/system/limits.ts";

test("docs/protocol.md lists every time limit that a person can feel, with its value", () => {
  const doc = readFileSync(resolve(import.meta.dirname, "../../../docs/protocol.md"), "utf8");
  const rows = doc.matchAll(/^\| `(\w+Ms)` +\| ([\d.]+) (s|min) +\|/gm);
  const listed = [...rows].map(([, name, value, unit]) => [
    name,
    Number(value) * (unit === "s" ? 1000 : 60_000),
  ]);
  assert.deepEqual(Object.fromEntries(listed), { ...limits });
});
