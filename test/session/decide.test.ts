import assert from "node:assert/strict";
import test from "node:test";
import { decide, isDueForRenewal, isUsable } from "../../src/session/decide.ts";
import { device, hop, identity, planOf } from "../support/identities.ts";

const now = Date.parse("2026-01-01T12:00:00Z");
const steps = planOf(identity("r", [hop("r")], { mfaSerial: device })).steps;
const [asksForACode, renewsSilently] = steps;

/** A session of `life` minutes that has `left` minutes left. */
function session(life: number, left: number) {
  const expiresAt = now + left * 60_000;
  return { obtainedAt: expiresAt - life * 60_000, expiresAt };
}

const cases: [string, (typeof steps)[number] | undefined, ReturnType<typeof session> | undefined, string][] =
  [
    ["nothing cached, silent", renewsSilently, undefined, "renew none-cached"],
    ["nothing cached, needs a code", asksForACode, undefined, "ask none-cached"],
    ["fresh role", renewsSilently, session(60, 59), "reuse fresh"],
    ["role with just over 20 minutes", renewsSilently, session(60, 20.01), "reuse fresh"],
    ["role with under 20 minutes", renewsSilently, session(60, 19.99), "renew expires-soon"],
    ["role of 15 minutes with a quarter left", renewsSilently, session(15, 3.76), "reuse fresh"],
    ["role of 15 minutes with less than a quarter", renewsSilently, session(15, 3.74), "renew expires-soon"],
    ["role with a minute left", renewsSilently, session(60, 1), "renew expired"],
    ["role that has ended", renewsSilently, session(60, -1), "renew expired"],
    ["fresh base session", asksForACode, session(720, 700), "reuse fresh"],
    ["base session in its last minutes", asksForACode, session(720, 1.01), "reuse only-a-person-can-renew"],
    ["base session in its last minute", asksForACode, session(720, 1), "ask expired"],
  ];
const [wantsRecentCode] = planOf(identity("r", [hop("r")], { mfaSerial: device }), {
  mfaSeconds: 3600,
}).steps;
cases.push(
  ["credentials-02: base session with a young code", wantsRecentCode, session(720, 661), "reuse fresh"],
  ["credentials-02: base session with an old code", wantsRecentCode, session(720, 660), "ask code-too-old"],
  ["credentials-02: base session that has ended", wantsRecentCode, session(720, 0), "ask expired"],
  [
    "credentials-02: base session that ends before its code is old",
    wantsRecentCode,
    session(30, 5),
    "reuse only-a-person-can-renew",
  ],
);
for (const [name, step, cached, expected] of cases) {
  test(`${name}: ${expected}`, () => {
    assert.ok(step);
    const decision = decide(step, cached, now);
    assert.equal(`${decision.kind} ${decision.because}`, expected);
  });
}

test("a renewal knows whether the old session can stand in", () => {
  assert.ok(renewsSilently);
  const soon = decide(renewsSilently, session(60, 10), now);
  const never = decide(renewsSilently, session(60, 0), now);
  assert.deepEqual(
    [soon, never].map((each) => each.kind === "renew" && each.usable),
    [true, false],
  );
});

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
  // Of the hour that AWS gives, a little has passed when the answer is here.
  ["of an hour, of which seconds have passed, with less than 20 minutes left", 59.96, 59.96 - 19.99, true],
  ["of less than an hour with a quarter left", 59, 59 - 14.75, false],
  ["of less than an hour with less than a quarter left", 59, 59 - 14.74, true],
];
for (const [which, life, now, expected] of due) {
  test(`a session ${which} is ${expected ? "" : "not "}due for renewal`, () => {
    assert.equal(isDueForRenewal(span(life), now * minute), expected);
  });
}
