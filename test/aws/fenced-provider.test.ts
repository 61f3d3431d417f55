import assert from "node:assert/strict";
import http from "node:http";
import test from "node:test";
import { AwsError } from "../../src/aws/aws-error.ts";
import { containerCredentials } from "../../src/aws/container-credentials.ts";
import type { FencedFailure } from "../../src/aws/fenced-provider.ts";
import { instanceCredentials } from "../../src/aws/instance-credentials.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import { answer, serve } from "./server.ts";

const document = (expiration: string) =>
  JSON.stringify({
    Code: "Success",
    AccessKeyId: "ASIAFAKE",
    SecretAccessKey: "canarySecret",
    Token: "canaryToken",
    Expiration: expiration,
  });

const metadata = (expiration: string) =>
  [answer(200, "token"), answer(200, "role"), answer(200, document(expiration))] as const;

const clock = { clock: systemClock };

function unexpected(failure: FencedFailure): never {
  assert.fail(JSON.stringify(failure));
}

test("nothing of the process is changed, read or written to by the SDK's providers", async (t) => {
  const warned = t.mock.method(console, "warn", () => undefined);
  const read = new Set<string>();
  const own = process.env;
  const watched = new Proxy(own, {
    get: (target, name: string) => {
      if (/AWS/.test(name)) read.add(name);
      return target[name];
    },
  });
  const agent = new http.Agent();
  const shared = http.globalAgent;
  // Node's own may go by HTTP_PROXY.
  t.mock.method(agent, "addRequest" as never, (() => assert.fail("by the shared agent")) as never);
  process.env = watched;
  http.globalAgent = agent;
  t.after(() => {
    process.env = own;
    http.globalAgent = shared;
  });
  const service = await serve(t, metadata("2099-01-01T00:00:00Z"));
  await instanceCredentials({ url: service.url, allowV1: true }, clock, unexpected);
  const container = await serve(t, (response) => {
    // Longer than the SDK's own limit, after which it would warn and go on waiting.
    setTimeout(() => response.end(document("2099-01-01T00:00:00Z")), 1200);
  });
  const address = { relativeUri: "", fullUri: `${container.url}/`, token: new Secret("canary") };
  const { expiresAt, sessionToken } = await containerCredentials(address, clock, unexpected);
  assert.deepEqual([expiresAt, sessionToken.reveal()], [Date.parse("2099-01-01T00:00:00Z"), "canaryToken"]);
  assert.equal(container.received[0]?.headers.authorization, "canary");
  assert.deepEqual([process.env === watched, http.globalAgent === agent], [true, true]);
  assert.deepEqual([[...read], warned.mock.callCount()], [[], 0]);
});

test("an end that has come is not put off", async (t) => {
  const warned = t.mock.method(console, "warn", () => undefined);
  const service = await serve(t, metadata("2020-01-01T00:00:00Z"));
  const given = await instanceCredentials({ url: service.url, allowV1: false }, clock, unexpected);
  assert.equal(given.expiresAt, Date.parse("2020-01-01T00:00:00Z"));
  assert.equal(warned.mock.callCount(), 0);
});

test("a deadline ends the waiting, and what was seen is told without a secret", async (t) => {
  const silent = await serve(t, () => undefined);
  const failures: FencedFailure[] = [];
  const asked = containerCredentials(
    { relativeUri: "", fullUri: `${silent.url}/x`, token: new Secret("canary") },
    { clock: systemClock, deadline: Date.now() + 300 },
    (failure) => {
      failures.push(failure);
      return new AwsError("timeout", "in time");
    },
  );
  await assert.rejects(asked, /in time/);
  assert.deepEqual(failures[0]?.requests, [{ method: "GET", path: "/x", timedOut: true, code: "ETIMEDOUT" }]);
  assert.doesNotMatch(JSON.stringify(failures), /canary/);
});
