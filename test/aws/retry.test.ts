import assert from "node:assert/strict";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import type { Exchange } from "../../src/aws/network.ts";
import { standardPause, withRetries } from "../../src/aws/retry.ts";
import { testClock } from "./calls.ts";

const unsent: Exchange = { sent: false, handle: () => assert.fail() };

test("pauses double, start longer when throttled, and are random up to their length", () => {
  const longest = standardPause(false, () => 1);
  const throttled = new AwsError("throttled", "x");
  const network = new AwsError("network", "x");
  assert.deepEqual(
    [1, 2, 3].map((attempt) => longest(attempt, throttled, unsent)),
    [500, 1000, undefined],
  );
  assert.deepEqual(
    [1, 2, 3].map((attempt) => longest(attempt, network, unsent)),
    [100, 200, undefined],
  );
  assert.equal(standardPause(false, () => 0.25)(1, network, unsent), 25);
});

test("what does not pass by itself is not tried again", () => {
  for (const kind of ["access-denied", "tls", "garbage", "clock-skew", "wrong-mfa-code"] as const) {
    assert.equal(standardPause(false)(1, new AwsError(kind, "x"), unsent), undefined);
  }
});

test("nobody waits for a try that the deadline does not allow: the failure before it is told", async () => {
  const clock = testClock();
  const failed = new AwsError("throttled", "x");
  const attempt = () => Promise.reject(failed);
  const end = { clock, deadline: clock.now() + 1000 };
  await assert.rejects(
    withRetries(attempt, (count) => (count < 3 ? 1000 : undefined), end),
    failed,
  );
  assert.deepEqual(clock.pauses, []);
  await assert.rejects(
    withRetries(attempt, (count) => (count < 3 ? 999 : undefined), end),
    failed,
  );
  assert.deepEqual(clock.pauses, [999, 999]);
});

test("a pause that is broken off ends with the failure before it", async () => {
  const failed = new AwsError("throttled", "x");
  const clock = { ...testClock(), sleep: () => Promise.reject(new Error("aborted")) };
  let attempts = 0;
  const attempt = () => {
    attempts += 1;
    return Promise.reject(failed);
  };
  await assert.rejects(
    withRetries(attempt, () => 1, { clock }),
    failed,
  );
  assert.equal(attempts, 1);
});
