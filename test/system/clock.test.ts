import assert from "node:assert/strict";
import test from "node:test";
import { timestamp } from "../../src/system/clock.ts";

test("a time is written in UTC to the second", () => {
  assert.equal(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 999)), "2026-01-02T03:04:05Z");
});
