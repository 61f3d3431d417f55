import assert from "node:assert/strict";
import test from "node:test";
import { isDueForRenewal, isUsable, timestamp } from "../../src/session/expiry.ts";

const minute = 60_000;

/** A session of so many minutes, begun at 0. */
const span = (life: number) => ({ obtainedAt: 0, expiresAt: life * minute });

const usable: [string, number, number, boolean][] = [
  ["more than a minute before its end", 60, 59 * minute - 1, true],
  ["a minute before its end", 60, 59 * minute, false],
  ["after its end", 60, 61 * minute, false],
];
for (const [when, life, now, expected] of usable) {
  test(`a session ${when} is ${expected ? "" : "not "}handed out`, () => {
    assert.equal(isUsable(span(life), now), expected);
  });
}

const due: [string, number, number, boolean][] = [
  ["of an hour with 20 minutes left", 60, 40, false],
  ["of an hour with less than 20 minutes left", 60, 40.001, true],
  ["of twelve hours with less than 20 minutes left", 720, 700.001, true],
  ["of less than an hour with a quarter left", 59.96, 59.96 - 14.99, false],
  ["of less than an hour with less than a quarter left", 59.96, 59.96 - 14.98, true],
];
for (const [which, life, now, expected] of due) {
  test(`a session ${which} is ${expected ? "" : "not "}due for renewal`, () => {
    assert.equal(isDueForRenewal(span(life), now * minute), expected);
  });
}

test("a time is written in UTC to the second", () => {
  assert.equal(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 999)), "2026-01-02T03:04:05Z");
});
