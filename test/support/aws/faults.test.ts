import assert from "node:assert/strict";
import { connect } from "node:net";
import test from "node:test";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { Fault } from "./faults.ts";
import { fakeFor, refused, stsFor } from "./sdk-clients.ts";
import { one } from "./world-of-one.ts";

const whoAmI = new GetCallerIdentityCommand({});

const errors: [Fault["kind"], code: string, status: number, message: string][] = [
  ["unavailable", "ServiceUnavailable", 503, "Service Unavailable"],
  ["throttle", "Throttling", 400, "Rate exceeded"],
  [
    "internal-error",
    "InternalFailure",
    500,
    "The request processing has failed because of an unknown error.",
  ],
];

for (const [kind, code, status, message] of errors) {
  test(`${kind} answers ${status} once, and then all is well`, async (t) => {
    const fake = await fakeFor(t);
    fake.faults.add({ kind } as Fault);
    await refused(stsFor(fake).send(whoAmI), code, status, message);
    await stsFor(fake).send(whoAmI);
    assert.deepEqual(
      fake.requests.all.map(({ outcome, fault }) => [outcome, fault]),
      [
        ["fault", kind],
        ["ok", undefined],
      ],
    );
  });
}

/** The raw answer to an unsigned request, with how the connection ended. */
async function raw(url: string): Promise<{ text: string; error?: string }> {
  const { port } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(
    "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  );
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve({ text, error: error.code ?? "" }));
    socket.on("end", () => resolve({ text }));
  });
}

test("reset ends the connection without an answer", async (t) => {
  const fake = await fakeFor(t);
  fake.faults.add({ kind: "reset" });
  assert.deepEqual(await raw(fake.url), { text: "", error: "ECONNRESET" });
  fake.faults.add({ kind: "reset" });
  await assert.rejects(stsFor(fake).send(whoAmI), { code: "ECONNRESET" });
});

test("hang never answers, and does not keep the fake from closing", async (t) => {
  const fake = await fakeFor(t);
  fake.faults.add({ kind: "hang" });
  const signal = AbortSignal.timeout(300);
  await assert.rejects(stsFor(fake).send(whoAmI, { abortSignal: signal }), { name: "AbortError" });
  fake.faults.add({ kind: "hang" });
  const hanging = raw(fake.url);
  while (fake.requests.all.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await fake.close();
  assert.equal((await hanging).text, "");
});

test("delay answers rightly, but not before its time", async (t) => {
  const fake = await fakeFor(t);
  fake.faults.add({ kind: "delay", milliseconds: 250 });
  const start = performance.now();
  assert.equal((await stsFor(fake).send(whoAmI)).Arn, one.userArn);
  assert.ok(performance.now() - start >= 249);
  assert.equal(fake.requests.last()?.outcome, "ok");
});

test("trickle answers rightly, one byte at a time", async (t) => {
  const fake = await fakeFor(t);
  fake.faults.add({ kind: "trickle", milliseconds: 0 });
  assert.equal((await stsFor(fake).send(whoAmI)).Arn, one.userArn);
  fake.faults.add({ kind: "trickle", milliseconds: 1 });
  assert.match((await raw(fake.url)).text, /\r\n1\r\n<\r\n1\r\nE\r\n/);
});

const garbage: [Fault["kind"], answer: RegExp][] = [
  ["html", /^HTTP\/1\.1 200 .*text\/html.*<title>Welcome/s],
  ["truncated-xml", /^HTTP\/1\.1 403 .*<ErrorResponse(?!.*<\/ErrorResponse>)/s],
  ["empty", /^HTTP\/1\.1 200 .*content-length: 0\r\n.*\r\n\r\n$/s],
  ["captive-portal", /^HTTP\/1\.1 302 .*location: http:\/\/127\.0\.0\.1:1\/login/s],
];

for (const [kind, answer] of garbage) {
  test(`${kind} answers what is not AWS's`, async (t) => {
    const fake = await fakeFor(t);
    fake.faults.add({ kind } as Fault);
    assert.match((await raw(fake.url)).text, answer);
    fake.faults.add({ kind } as Fault);
    const outcome = await stsFor(fake)
      .send(whoAmI)
      .catch((error: Error) => error);
    // The SDK takes an empty body for an answer without members: callers have to look for themselves.
    if (!(outcome instanceof Error)) assert.equal(outcome.Arn, undefined);
  });
}

test("wrong-length promises more than it sends", async (t) => {
  const fake = await fakeFor(t);
  fake.faults.add({ kind: "wrong-length" });
  const { text } = await raw(fake.url);
  const [head = "", body = ""] = text.split("\r\n\r\n");
  assert.equal(Number(/content-length: (\d+)/.exec(head)?.[1]), body.length + 100);
  fake.faults.add({ kind: "wrong-length" });
  await assert.rejects(stsFor(fake).send(whoAmI));
});

test("a fault waits for its action, and strikes as often as was said", async (t) => {
  const fake = await fakeFor(t);
  fake.faults.add({ kind: "throttle", action: "GetSessionToken", times: 2 });
  await stsFor(fake).send(whoAmI);
  assert.equal(fake.faults.left(), 2);
  for (let count = 0; count < 2; count++) {
    await refused(stsFor(fake).send(new GetSessionTokenCommand({})), "Throttling", 400);
  }
  await stsFor(fake).send(new GetSessionTokenCommand({}));
  fake.faults.add({ kind: "throttle", times: Number.POSITIVE_INFINITY });
  await refused(stsFor(fake).send(whoAmI), "Throttling", 400);
  fake.faults.clear();
  await stsFor(fake).send(whoAmI);
});

test("a code is used up by a request whose answer was lost, and not by one that never arrived", async (t) => {
  const fake = await fakeFor(t);
  const TokenCode = fake.code(one.mfaSerial);
  const wish = new GetSessionTokenCommand({ SerialNumber: one.mfaSerial, TokenCode });
  fake.faults.add({ kind: "reset", when: "before" });
  await assert.rejects(stsFor(fake).send(wish), { code: "ECONNRESET" });
  fake.faults.add({ kind: "reset", when: "after" });
  await assert.rejects(stsFor(fake).send(wish), { code: "ECONNRESET" });
  await refused(stsFor(fake).send(wish), "AccessDenied", 403);
  assert.deepEqual(
    fake.requests.all.map(({ outcome }) => outcome),
    ["fault", "ok", "refused"],
  );
});
