import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { AccessKey, Aws, Endpoint } from "../../src/aws/aws.ts";
import { awsSdk } from "../../src/aws/sdk.ts";
import { Secret } from "../../src/system/secret.ts";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import type { Fault } from "../support/aws/faults.ts";
import type { World } from "../support/aws/world.ts";
import { worldOfKeys } from "../support/aws/world-of-keys.ts";
import { one } from "../support/aws/world-of-one.ts";
import { endpointAt, everythingIn, failureOf, longTermKey, sdk, testClock } from "./calls.ts";
import { answer, refusal, secrets, serve } from "./server.ts";

const key: AccessKey = { accessKeyId: one.accessKeyId, secretAccessKey: new Secret(one.secretAccessKey) };
const otherId = "AKIAIOSFODNN7EXAMPLE";

async function start(t: TestContext, world: World = worldOfKeys()) {
  const fake = await startFakeAws({ world });
  t.after(() => fake.close());
  const clock = { ...testClock(), now: () => fake.now() };
  const aws = awsSdk({ env: {}, clock, platform: "linux", limits: { connect: 5000, answer: 400 } });
  return { fake, aws, endpoint: endpointAt(fake.url) };
}

test("a key is made, listed, switched off and on, found used, and deleted", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  const made = await aws.createAccessKey(endpoint, key);
  assert.match(made.accessKeyId, /^AKIA\w{16}$/);
  assert.ok(Math.abs(made.createdAt - fake.now()) < 60_000);
  assert.equal(await aws.accessKeyLastUsed(endpoint, key, made.accessKeyId), undefined);
  assert.equal((await aws.getCallerIdentity(endpoint, made)).arn, one.userArn);
  assert.ok(
    Math.abs(Number(await aws.accessKeyLastUsed(endpoint, key, made.accessKeyId)) - fake.now()) < 60_000,
  );

  await aws.setAccessKeyActive(endpoint, made, one.accessKeyId, false);
  const old = { accessKeyId: one.accessKeyId, createdAt: Date.parse("2024-01-02T03:04:05Z") };
  const listed = { accessKeyId: made.accessKeyId, active: true, createdAt: made.createdAt };
  assert.deepEqual(await aws.listAccessKeys(endpoint, made), [{ ...old, active: false }, listed]);
  await aws.setAccessKeyActive(endpoint, made, one.accessKeyId, true);
  assert.deepEqual(await aws.listAccessKeys(endpoint, made), [{ ...old, active: true }, listed]);
  await aws.deleteAccessKey(endpoint, made, one.accessKeyId);
  assert.deepEqual(await aws.listAccessKeys(endpoint, made), [listed]);
});

test("the keys of all pages come back in order", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  const { accessKeyId } = await aws.createAccessKey(endpoint, key);
  fake.rules.pageSize = 1;
  const listed = await aws.listAccessKeys(endpoint, key);
  assert.deepEqual(
    listed.map((each) => each.accessKeyId),
    [one.accessKeyId, accessKeyId],
  );
  assert.equal(fake.requests.count("ListAccessKeys"), 2);
});

test("a third key is over the limit, and is not asked for again", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  await aws.createAccessKey(endpoint, key);
  const error = await failureOf(aws.createAccessKey(endpoint, key));
  assert.equal(error.kind, "limit-exceeded");
  assert.equal(
    error.message,
    "AWS does not take this iam:CreateAccessKey: Cannot exceed quota for AccessKeysPerUser: 2",
  );
  assert.equal(fake.requests.count("CreateAccessKey"), 2);
});

const onOther: [name: string, call: (aws: Aws, endpoint: Endpoint, by: AccessKey) => Promise<unknown>][] = [
  ["UpdateAccessKey", (aws, endpoint, by) => aws.setAccessKeyActive(endpoint, by, otherId, false)],
  ["DeleteAccessKey", (aws, endpoint, by) => aws.deleteAccessKey(endpoint, by, otherId)],
];
for (const [name, call] of onOther) {
  test(`${name} of a key that is not there is told as such, with no more of its id than the end`, async (t) => {
    const { aws, endpoint } = await start(t);
    const error = await failureOf(call(aws, endpoint, key));
    assert.equal(error.kind, "not-found");
    assert.match(error.message, new RegExp(`iam:${name} on the key ending in "MPLE": .*cannot be found$`));
    assert.ok(!everythingIn(error).includes(otherId));
  });
}

test("what a policy denies without MFA is denied, and goes with a session that has it", async (t) => {
  const { fake, aws, endpoint } = await start(t, worldOfKeys({ mfa: true }));
  const error = await failureOf(aws.createAccessKey(endpoint, key));
  assert.equal(error.kind, "access-denied");
  assert.match(error.message, /^AWS denied iam:CreateAccessKey: User: .* with an explicit deny/);
  const mfa = { serial: one.mfaSerial, code: fake.code(one.mfaSerial) };
  const session = await aws.getSessionToken(endpoint, { key, durationSeconds: 900, mfa });
  const made = await aws.createAccessKey(endpoint, session);
  await aws.deleteAccessKey(endpoint, session, made.accessKeyId);
});

test("a key that is not known everywhere yet is told as an unknown key", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  fake.rules.newKeyDelay = 60_000;
  const made = await aws.createAccessKey(endpoint, key);
  assert.equal((await failureOf(aws.getCallerIdentity(endpoint, made))).kind, "invalid-credentials");
  fake.advance(60_000);
  await aws.getCallerIdentity(endpoint, made);
});

/** How often CreateAccessKey is sent, how many keys there are afterwards, and whether the person is told to look. */
const faults: [fault: Fault, sent: number, keys: number, look: boolean][] = [
  [{ kind: "reset" }, 1, 1, true],
  [{ kind: "reset", when: "after" }, 1, 2, true],
  [{ kind: "hang" }, 1, 1, true],
  [{ kind: "hang", when: "after" }, 1, 2, true],
  [{ kind: "internal-error", when: "after" }, 1, 2, true],
  [{ kind: "wrong-length" }, 1, 2, true],
  [{ kind: "truncated-xml" }, 1, 2, true],
  [{ kind: "html" }, 1, 1, true],
  [{ kind: "empty" }, 1, 1, true],
  [{ kind: "captive-portal" }, 1, 1, true],
  [{ kind: "unavailable", times: 9 }, 3, 1, true],
  [{ kind: "throttle", times: 9 }, 3, 1, false],
];
for (const [fault, sent, keys, look] of faults) {
  const when = fault.when === "after" ? " after the key was made" : "";
  test(`a key is never asked for twice where the request may have arrived (${fault.kind}${when})`, async (t) => {
    const { fake, aws, endpoint } = await start(t);
    fake.faults.add({ ...fault, action: "CreateAccessKey" });
    const error = await failureOf(aws.createAccessKey(endpoint, key));
    const shown = everythingIn(error);
    for (const secret of fake.secrets()) assert.ok(!shown.includes(secret), shown);
    assert.equal(fake.requests.count("CreateAccessKey"), sent);
    assert.equal(fake.world.accounts[0]?.users[0]?.accessKeys.length, keys);
    assert.equal(/may have done it all the same/.test(error.hints.join("\n")), look, error.hints.join("\n"));
  });
}

test("a key is asked for again where AWS turned the request away at the door", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  fake.faults.add({ kind: "unavailable", times: 1 });
  fake.faults.add({ kind: "throttle", times: 1 });
  await aws.createAccessKey(endpoint, key);
  assert.equal(fake.requests.count("CreateAccessKey"), 3);
  assert.equal(fake.world.accounts[0]?.users[0]?.accessKeys.length, 2);
});

test("what may be done twice is tried again, and a deletion that was carried out is then not found", async (t) => {
  const { fake, aws, endpoint } = await start(t);
  const { accessKeyId } = await aws.createAccessKey(endpoint, key);
  for (const action of ["UpdateAccessKey", "ListAccessKeys", "GetAccessKeyLastUsed", "DeleteAccessKey"]) {
    fake.faults.add({ kind: "reset", action, when: "after" });
  }
  await aws.setAccessKeyActive(endpoint, key, accessKeyId, false);
  assert.equal((await aws.listAccessKeys(endpoint, key))[1]?.active, false);
  await aws.accessKeyLastUsed(endpoint, key, accessKeyId);
  const error = await failureOf(aws.deleteAccessKey(endpoint, key, accessKeyId));
  assert.equal(error.kind, "not-found");
  assert.equal((await aws.listAccessKeys(endpoint, key)).length, 1);
});

const result = (action: string, inner: string) =>
  `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${inner}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`;
const newKey = `<AccessKeyId>${otherId}</AccessKeyId><SecretAccessKey>canaryNewSecret</SecretAccessKey>`;
const member = (inner: string) =>
  result(
    "ListAccessKeys",
    `<IsTruncated>false</IsTruncated><AccessKeyMetadata><member>${inner}</member></AccessKeyMetadata>`,
  );

const calls = {
  list: (aws: Aws, endpoint: Endpoint) => aws.listAccessKeys(endpoint, longTermKey),
  create: (aws: Aws, endpoint: Endpoint) => aws.createAccessKey(endpoint, longTermKey),
  update: (aws: Aws, endpoint: Endpoint) => aws.setAccessKeyActive(endpoint, longTermKey, otherId, false),
  remove: (aws: Aws, endpoint: Endpoint) => aws.deleteAccessKey(endpoint, longTermKey, otherId),
  lastUsed: (aws: Aws, endpoint: Endpoint) => aws.accessKeyLastUsed(endpoint, longTermKey, otherId),
};

const page = "<!doctype html><html><body>Sign in</body></html>";
const garbage: [call: keyof typeof calls, body: string, why: RegExp][] = [
  ["list", page, /a web page/],
  ["create", page, /a web page/],
  ["update", page, /a web page/],
  ["remove", page, /a web page/],
  ["lastUsed", page, /a web page/],
  ["list", "", /a body that cannot be read/],
  ["create", "", /a body that cannot be read/],
  ["update", "", /a body that cannot be read/],
  ["remove", "", /a body that cannot be read/],
  ["lastUsed", "", /a body that cannot be read/],
  ["update", result("DeleteAccessKey", ""), /no UpdateAccessKeyResponse/],
  ["remove", result("UpdateAccessKey", ""), /no DeleteAccessKeyResponse/],
  ["list", result("ListAccessKeys", ""), /no AccessKeyMetadata/],
  ["list", member("<Status>Active</Status><CreateDate>2024-01-02T03:04:05Z</CreateDate>"), /AccessKeyId/],
  [
    "list",
    member(`<AccessKeyId>${otherId}</AccessKeyId><CreateDate>2024-01-02T03:04:05Z</CreateDate>`),
    /Status/,
  ],
  ["list", member(`<AccessKeyId>${otherId}</AccessKeyId><Status>Active</Status>`), /CreateDate/],
  ["create", result("CreateAccessKey", ""), /no valid AccessKeyId/],
  [
    "create",
    result("CreateAccessKey", `<AccessKey><AccessKeyId>${otherId}</AccessKeyId></AccessKey>`),
    /Secret/,
  ],
  ["lastUsed", result("GetAccessKeyLastUsed", "<UserName>ann</UserName>"), /no AccessKeyLastUsed/],
];
for (const [name, body, why] of garbage) {
  test(`an answer to ${name} that AWS cannot have meant is none: ${body.slice(0, 200) || "nothing"}`, async (t) => {
    const server = await serve(t, answer(200, body));
    const error = await failureOf(calls[name](sdk(), endpointAt(server.url)));
    assert.equal(error.kind, "garbage", error.message);
    assert.match(error.message, why);
    assert.equal(server.received.length, 1);
  });
}

test("a new key without its date is kept all the same, for its secret is not told again", async (t) => {
  const server = await serve(t, answer(200, result("CreateAccessKey", `<AccessKey>${newKey}</AccessKey>`)));
  const clock = testClock();
  const made = await sdk({ clock }).createAccessKey(endpointAt(server.url), longTermKey);
  assert.deepEqual([made.accessKeyId, made.createdAt], [otherId, clock.now()]);
  assert.equal(made.secretAccessKey.reveal(), "canaryNewSecret");
  assert.ok(!everythingIn(made).includes("canaryNewSecret"));
});

test("what IAM quotes of keys and secrets is not shown", async (t) => {
  const quoted = `The Access Key with id ${otherId} of ${longTermKey.accessKeyId} and ${secrets.secretAccessKey} cannot be found.`;
  const server = await serve(t, refusal(404, "NoSuchEntity", quoted));
  const error = await failureOf(calls.remove(sdk(), endpointAt(server.url)));
  assert.match(error.message, /: The Access Key with id …MPLE of …1234 and \[secret\] cannot be found$/);
});

for (const [partition, region] of [
  ["aws", "us-east-1"],
  ["aws-cn", "cn-north-1"],
  ["aws-us-gov", "us-gov-west-1"],
] as const) {
  test(`all calls of keys in ${partition} are signed for ${region}, and name no user`, async (t) => {
    const server = await serve(t, refusal(403, "AccessDenied", "no"));
    for (const call of Object.values(calls)) {
      await failureOf(call(sdk(), endpointAt(server.url, { partition, region: "xx-else-1" })));
    }
    assert.deepEqual(
      server.received.map(({ form }) => form.get("Action")),
      ["ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "GetAccessKeyLastUsed"],
    );
    for (const { headers, form } of server.received) {
      assert.match(headers.authorization ?? "", new RegExp(`/${region}/iam/aws4_request`));
      assert.equal(form.get("UserName"), null);
    }
    assert.equal(server.received[2]?.form.get("Status"), "Inactive");
  });
}
