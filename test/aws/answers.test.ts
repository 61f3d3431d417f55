import assert from "node:assert/strict";
import test from "node:test";
import { serviceError } from "../../src/aws/service-errors.ts";
import { endpointAt, failureOf, longTermKey, mfa, sdk, sessionKey, testClock } from "./calls.ts";
import { answer, credentials, issued, refusal, secrets, serve } from "./server.ts";

/** The test clock's time. */
const date = "Tue, 01 Jan 2030 00:00:00 GMT";
const request = { key: longTermKey, durationSeconds: 900 };

const broken: [name: string, change: Record<string, string | undefined>, why: string][] = [
  ["no key id", { AccessKeyId: undefined }, "no valid AccessKeyId"],
  ["no secret", { SecretAccessKey: undefined }, "no valid SecretAccessKey"],
  ["an empty secret", { SecretAccessKey: "" }, "no valid SecretAccessKey"],
  ["no token", { SessionToken: undefined }, "no valid SessionToken"],
  ["a line break in the token", { SessionToken: "canary\nx" }, "no valid SessionToken"],
  ["no end", { Expiration: undefined }, "no valid Expiration"],
  ["an end that is over", { Expiration: "2029-12-31T23:59:59Z" }, "credentials that are over already"],
];
for (const [name, change, why] of broken) {
  test(`credentials with ${name} are not taken`, async (t) => {
    const body = credentials("GetSessionToken", change);
    const server = await serve(t, answer(200, body, { date }));
    const error = await failureOf(sdk().getSessionToken(endpointAt(server.url), request));
    assert.equal(error.kind, "garbage", error.message);
    assert.equal(error.message, `the answer of 127.0.0.1:${server.port} is not one of AWS's: ${why}`);
    assert.equal(server.received.length, 1);
  });
}

for (const end of ["soon", "2030-99-01T00:00:00Z"]) {
  test(`credentials that end "${end}" are not taken`, async (t) => {
    const server = await serve(t, answer(200, credentials("GetSessionToken", { Expiration: end })));
    const error = await failureOf(sdk().getSessionToken(endpointAt(server.url), request));
    assert.equal(error.kind, "garbage");
  });
}

test("credentials that are over by a clock that is wrong are told as the clock's fault", async (t) => {
  const body = credentials("GetSessionToken", { Expiration: "2030-01-01T00:15:00Z" });
  const server = await serve(t, answer(200, body, { date }));
  const clock = testClock(Date.parse("2030-01-01T00:16:00Z"));
  const error = await failureOf(sdk({ clock }).getSessionToken(endpointAt(server.url), request));
  assert.equal(error.kind, "clock-skew");
  assert.match(
    error.message,
    /^this machine's clock is 16 min ahead of AWS's: 2030-01-01T00:16:00Z here, 2030-01-01T00:00:00Z at /,
  );
});

test("a signature that AWS calls expired is the clock's fault, whatever Date a proxy put on the answer", async (t) => {
  const words =
    "Signature expired: 20300101T000000Z is now earlier than 20300101T010000Z (20300101T011500Z - 15 min.)";
  const server = await serve(t, refusal(403, "SignatureDoesNotMatch", words, { date }));
  const error = await failureOf(sdk().getCallerIdentity(endpointAt(server.url), longTermKey));
  assert.equal(error.kind, "clock-skew");
});

test("an answer to another question is not taken", async (t) => {
  const server = await serve(t, answer(200, credentials("AssumeRole")));
  const error = await failureOf(sdk().getSessionToken(endpointAt(server.url), request));
  assert.equal(error.kind, "garbage");
});

test("what AWS says is shown on one line, without steering the terminal, and without secrets that it quotes", async (t) => {
  const quoted = `User: ann \u0085\n${secrets.sessionToken} and ${secrets.secretAccessKey} and ${secrets.code} of ${sessionKey.accessKeyId} may not.`;
  const server = await serve(t, refusal(403, "AccessDenied", quoted));
  const call = sdk().getSessionToken(endpointAt(server.url), { ...request, key: sessionKey, mfa });
  const error = await failureOf(call);
  assert.equal(error.kind, "access-denied");
  assert.equal(
    error.message,
    "AWS denied sts:GetSessionToken: User: ann [secret] and [secret] and [secret] of …5678 may not",
  );
});

test("a signature's complaint, which may quote the request, is not shown", async (t) => {
  const quoted = `The Canonical String should have been x-amz-security-token:${encodeURIComponent(issued.SessionToken)}`;
  const server = await serve(t, refusal(403, "SignatureDoesNotMatch", quoted, { date }));
  const error = await failureOf(sdk().getCallerIdentity(endpointAt(server.url), sessionKey));
  assert.equal(error.kind, "invalid-credentials");
  assert.equal(error.message, 'the secret of the access key ending in "5678" is wrong');
});

test("the cause tells AWS's code, the status and the request's id, and nothing more", async (t) => {
  const server = await serve(t, refusal(403, "InvalidClientTokenId", "The security token is invalid."));
  const error = await failureOf(sdk().getCallerIdentity(endpointAt(server.url), sessionKey));
  assert.deepEqual(Object.getOwnPropertyNames(error.cause), ["message"]);
  assert.equal(
    (error.cause as Error).message,
    "InvalidClientTokenId: The security token is invalid (status 403, request request-1)",
  );
});

test("a request that the SDK does not even send is told as a wrong request", () => {
  const call = { action: "sts:AssumeRole", key: sessionKey, mfa, now: 0, platform: "linux" };
  const thrown = new Error(`no endpoint for ${secrets.sessionToken}.`);
  const error = serviceError(thrown, { sent: false, handle: () => assert.fail() }, call);
  assert.deepEqual(
    [error.kind, error.message],
    ["invalid-request", "cannot ask sts:AssumeRole: no endpoint for [secret]"],
  );
});

test("pages of devices without end are cut off", async (t) => {
  const page = `<ListMFADevicesResponse><ListMFADevicesResult><IsTruncated>true</IsTruncated><Marker>again</Marker><MFADevices><member><SerialNumber>s</SerialNumber></member></MFADevices></ListMFADevicesResult></ListMFADevicesResponse>`;
  const server = await serve(t, answer(200, page));
  const error = await failureOf(sdk().listMfaDevices(endpointAt(server.url), longTermKey));
  assert.equal(error.kind, "garbage");
  assert.match(error.message, /pages without end$/);
  assert.equal(server.received.length, 100);
});

test("a page that is truncated and names no next one is not taken", async (t) => {
  const page = `<ListMFADevicesResponse><ListMFADevicesResult><IsTruncated>true</IsTruncated><MFADevices></MFADevices></ListMFADevicesResult></ListMFADevicesResponse>`;
  const server = await serve(t, answer(200, page));
  const error = await failureOf(sdk().listMfaDevices(endpointAt(server.url), longTermKey));
  assert.match(error.message, /no valid Marker$/);
});
