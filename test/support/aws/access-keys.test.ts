import assert from "node:assert/strict";
import test from "node:test";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  paginateListAccessKeys,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { FakeAws } from "./fake-aws.ts";
import { type ClientKey, fakeFor, iamFor, keyOf, refused, stsFor } from "./sdk-clients.ts";
import { worldOfKeys } from "./world-of-keys.ts";
import { one, policy } from "./world-of-one.ts";

const list = new ListAccessKeysCommand({});
const create = new CreateAccessKeyCommand({});
const whoAmI = new GetCallerIdentityCommand({});

const setStatus = (AccessKeyId: string, Status: "Active" | "Inactive", UserName?: string) =>
  new UpdateAccessKeyCommand({ AccessKeyId, Status, UserName });
const remove = (AccessKeyId: string, UserName?: string) =>
  new DeleteAccessKeyCommand({ AccessKeyId, UserName });
const lastUsed = (AccessKeyId: string) => new GetAccessKeyLastUsedCommand({ AccessKeyId });

/** Makes a key by the API, and gives it as one to sign with. */
async function made(fake: FakeAws, by?: ClientKey) {
  const { AccessKey } = await iamFor(fake, by).send(create);
  assert.ok(AccessKey?.AccessKeyId && AccessKey.SecretAccessKey);
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

async function withMfa(fake: FakeAws): Promise<ClientKey> {
  const wish = { SerialNumber: one.mfaSerial, TokenCode: fake.code(one.mfaSerial) };
  return keyOf(await stsFor(fake).send(new GetSessionTokenCommand(wish)));
}

const unknownId = "AKIAIOSFODNN7EXAMPLE";
const unknown = `The Access Key with id ${unknownId} cannot be found.`;

test("a user makes a second key that works, and a third one is over the limit", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const { AccessKey: key } = await iamFor(fake).send(create);
  assert.match(key?.AccessKeyId ?? "", /^AKIA[A-Z2-7]{16}$/);
  assert.match(key?.SecretAccessKey ?? "", /^[A-Za-z0-9/+]{40}$/);
  assert.deepEqual([key?.UserName, key?.Status], ["my-user1", "Active"]);
  assert.ok(Math.abs(Number(key?.CreateDate) - fake.now()) < 60_000);
  assert.equal(fake.requests.last()?.issuedKeyId, key?.AccessKeyId);
  const id = key?.AccessKeyId ?? "";
  const second = { accessKeyId: id, secretAccessKey: key?.SecretAccessKey ?? "" };
  assert.equal((await stsFor(fake, second).send(whoAmI)).Arn, one.userArn);
  const limit = "Cannot exceed quota for AccessKeysPerUser: 2";
  await refused(iamFor(fake).send(create), "LimitExceeded", 409, limit);
  await iamFor(fake).send(setStatus(id, "Inactive"));
  await refused(iamFor(fake).send(create), "LimitExceeded", 409, limit);
  await iamFor(fake).send(remove(id));
  await made(fake);
  assert.ok(fake.secrets().includes(second.secretAccessKey), "the secret of a deleted key stays one");
});

test("a list shows ids, statuses and dates, and no secret", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const key = await made(fake);
  await iamFor(fake).send(setStatus(one.accessKeyId, "Inactive", "my-user1"));
  const answer = await iamFor(fake, key).send(new ListAccessKeysCommand({ UserName: "my-user1" }));
  assert.deepEqual(
    answer.AccessKeyMetadata?.map((each) => [each.AccessKeyId, each.Status, each.UserName]),
    [
      [one.accessKeyId, "Inactive", "my-user1"],
      [key.accessKeyId, "Active", "my-user1"],
    ],
  );
  assert.ok(answer.AccessKeyMetadata?.every((each) => each.CreateDate instanceof Date));
  assert.ok(!JSON.stringify(answer).includes(key.secretAccessKey));
});

test("lists come in pages", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys(), rules: { pageSize: 1 } });
  await made(fake);
  const sizes: (number | undefined)[] = [];
  for await (const page of paginateListAccessKeys({ client: iamFor(fake) }, {}))
    sizes.push(page.AccessKeyMetadata?.length);
  assert.deepEqual(sizes, [1, 1]);
  await refused(iamFor(fake).send(new ListAccessKeysCommand({ Marker: "x" })), "ValidationError", 400);
});

test("a key that is switched off or deleted signs nothing any more", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const key = await made(fake);
  await iamFor(fake).send(setStatus(key.accessKeyId, "Inactive"));
  await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403);
  await iamFor(fake).send(setStatus(key.accessKeyId, "Active"));
  await stsFor(fake, key).send(whoAmI);
  await iamFor(fake).send(remove(key.accessKeyId));
  await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403);
  await refused(
    iamFor(fake).send(setStatus(key.accessKeyId, "Active")),
    "NoSuchEntity",
    404,
    `The Access Key with id ${key.accessKeyId} cannot be found.`,
  );
});

test("a key may delete itself", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  await iamFor(fake).send(remove(one.accessKeyId));
  await refused(iamFor(fake).send(list), "InvalidClientTokenId", 403);
});

test("what is not there is not found, and neither are keys of somebody else", async (t) => {
  const world = worldOfKeys();
  const user = world.accounts[0]?.users[0];
  const foreign = { id: "AKIAFAKEUSER2KEY0001", secret: "x".repeat(40), status: "active" as const };
  world.accounts[0]?.users.push({ name: "other", accessKeys: [foreign], mfaDevices: [], policies: [] });
  user?.policies.push(policy("Allow", "iam:*"));
  const fake = await fakeFor(t, { world });
  await refused(iamFor(fake).send(remove(unknownId)), "NoSuchEntity", 404, unknown);
  await refused(iamFor(fake).send(setStatus(unknownId, "Inactive")), "NoSuchEntity", 404, unknown);
  await refused(iamFor(fake).send(lastUsed(unknownId)), "NoSuchEntity", 404, unknown);
  await refused(iamFor(fake).send(remove(foreign.id)), "NoSuchEntity", 404);
  const nobody = new CreateAccessKeyCommand({ UserName: "nobody" });
  await refused(iamFor(fake).send(nobody), "NoSuchEntity", 404, "The user with name nobody cannot be found.");
  await iamFor(fake).send(remove(foreign.id, "other"));
});

test("parameters are held against the service model", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const cases: [Promise<unknown>, RegExp][] = [
    [iamFor(fake).send(remove("AKIA")), /'accessKeyId' .* length greater than or equal to 16$/],
    [iamFor(fake).send(remove("AKIA-IOSFODNN7EXAMPLE")), /'accessKeyId' .* regular expression pattern/],
    [
      iamFor(fake).send(setStatus(one.accessKeyId, "Off" as never)),
      /Value 'Off' at 'status' .* enum value set: \[Active, Inactive\]$/,
    ],
    [iamFor(fake).send(new CreateAccessKeyCommand({ UserName: "a b" })), /'userName'/],
    [iamFor(fake).send(new ListAccessKeysCommand({ MaxItems: 0 })), /'maxItems'/],
    [iamFor(fake).send(lastUsed("x")), /'accessKeyId'/],
  ];
  for (const [call, message] of cases) await refused(call, "ValidationError", 400, message);
});

const notAllowed = (action: string, what = "user my-user1") =>
  `User: ${one.userArn} is not authorized to perform: iam:${action} on resource: ${what} because no identity-based policy allows the iam:${action} action`;

test("what no policy allows is refused, each action on its own", async (t) => {
  const fake = await fakeFor(t);
  const { accessKeyId } = one;
  const iam = iamFor(fake);
  await refused(iam.send(list), "AccessDenied", 403, notAllowed("ListAccessKeys"));
  await refused(iam.send(create), "AccessDenied", 403, notAllowed("CreateAccessKey"));
  await refused(iam.send(remove(accessKeyId)), "AccessDenied", 403, notAllowed("DeleteAccessKey"));
  await refused(iam.send(setStatus(accessKeyId, "Inactive")), "AccessDenied", 403);
  const shown = notAllowed("GetAccessKeyLastUsed", `access key ${accessKeyId}`);
  await refused(iam.send(lastUsed(accessKeyId)), "AccessDenied", 403, shown);
});

test("a policy for oneself is none for others", async (t) => {
  const world = worldOfKeys();
  world.accounts[0]?.users.push({ name: "other", accessKeys: [], mfaDevices: [], policies: [] });
  const fake = await fakeFor(t, { world });
  const others = new CreateAccessKeyCommand({ UserName: "other" });
  await refused(iamFor(fake).send(others), "AccessDenied", 403, notAllowed("CreateAccessKey", "user other"));
  await refused(iamFor(fake).send(lastUsed(unknownId)), "AccessDenied", 403);
});

test("where MFA is demanded the long-term key is refused, and a session with MFA is not", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys({ mfa: true }) });
  await refused(iamFor(fake).send(list), "AccessDenied", 403, /with an explicit deny in an identity-based/);
  await iamFor(fake).send(new ListMFADevicesCommand({}));
  const session = await withMfa(fake);
  const key = await made(fake, session);
  await refused(iamFor(fake, key).send(remove(one.accessKeyId)), "AccessDenied", 403);
  await iamFor(fake, session).send(remove(one.accessKeyId));
  const { AccessKeyMetadata } = await iamFor(fake, session).send(list);
  assert.deepEqual(
    AccessKeyMetadata?.map((each) => each.AccessKeyId),
    [key.accessKeyId],
  );
});

test("a session without MFA calls no IAM action at all", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const session = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  for (const command of [list, create])
    await refused(iamFor(fake, session).send(command as typeof list), "InvalidClientTokenId", 403);
});

test("a role has no keys of its own", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const role = { RoleArn: one.partnerRole, RoleSessionName: "s1", ExternalId: one.externalId };
  const key = keyOf(await stsFor(fake).send(new AssumeRoleCommand(role)));
  const message = "Must specify userName when calling with non-User credentials";
  await refused(iamFor(fake, key).send(list), "ValidationError", 400, message);
});

test("the root user manages its own keys when no name is given", async (t) => {
  const world = worldOfKeys();
  const secret = "fake/Secret+Key/of/root/0123456789ABCDEF";
  const [account] = world.accounts;
  assert.ok(account);
  account.root = {
    accessKeys: [{ id: "AKIAFAKEROOTKEY00001", secret, status: "active" }],
    mfaDevices: [],
  };
  const fake = await fakeFor(t, { world });
  const root = { accessKeyId: "AKIAFAKEROOTKEY00001", secretAccessKey: secret };
  const key = await made(fake, root);
  assert.equal((await stsFor(fake, key).send(whoAmI)).Arn, "arn:aws:iam::111111111111:root");
  assert.equal((await iamFor(fake, root).send(list)).AccessKeyMetadata?.length, 2);
  assert.equal((await iamFor(fake, root).send(lastUsed(key.accessKeyId))).UserName, undefined);
});

test("a new key becomes known after its delay, whoever asks", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys(), rules: { newKeyDelay: 10_000 } });
  fake.setClock(undefined, { stopped: true });
  const key = await made(fake);
  for (const wait of [0, 5000, 4999]) {
    fake.advance(wait);
    await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403);
    await refused(iamFor(fake, key).send(list), "InvalidClientTokenId", 403);
  }
  assert.equal((await iamFor(fake).send(list)).AccessKeyMetadata?.length, 2, "IAM itself knows it at once");
  fake.advance(1);
  await stsFor(fake, key).send(whoAmI);
});

test("with several nodes a new key works now and then, before it works always", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys(), rules: { newKeyDelay: 3000, nodes: 3 } });
  fake.setClock(undefined, { stopped: true });
  const key = await made(fake);
  const works = () =>
    stsFor(fake, key)
      .send(whoAmI)
      .then(
        () => true,
        () => false,
      );
  const share = async () => {
    let count = 0;
    for (let turn = 0; turn < 6; turn++) count += Number(await works());
    return count;
  };
  assert.equal(await share(), 0);
  fake.advance(1000);
  assert.equal(await share(), 2);
  fake.advance(1000);
  assert.equal(await share(), 4);
  fake.advance(1000);
  assert.equal(await share(), 6);
});

test("that a key was switched off or deleted becomes known after its delay", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys(), rules: { keyChangeDelay: 10_000 } });
  fake.setClock(undefined, { stopped: true });
  const key = await made(fake);
  await iamFor(fake).send(setStatus(key.accessKeyId, "Inactive"));
  await stsFor(fake, key).send(whoAmI);
  fake.advance(10_000);
  await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403);
  await iamFor(fake).send(setStatus(key.accessKeyId, "Active"));
  await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403);
  fake.advance(10_000);
  await iamFor(fake).send(remove(key.accessKeyId));
  await stsFor(fake, key).send(whoAmI);
  await iamFor(fake, key).send(list);
  fake.advance(10_000);
  await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403);
});

test("a list may be behind, while the limit counts what is there", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys(), rules: { keyListDelay: 5000 } });
  fake.setClock(undefined, { stopped: true });
  const ids = async () =>
    (await iamFor(fake).send(list)).AccessKeyMetadata?.map((each) => [each.AccessKeyId, each.Status]);
  const key = await made(fake);
  assert.deepEqual(await ids(), [[one.accessKeyId, "Active"]]);
  await refused(iamFor(fake).send(create), "LimitExceeded", 409);
  fake.advance(5000);
  await iamFor(fake).send(setStatus(key.accessKeyId, "Inactive"));
  const both = [
    [one.accessKeyId, "Active"],
    [key.accessKeyId, "Active"],
  ];
  assert.deepEqual(await ids(), both);
  await iamFor(fake).send(remove(key.accessKeyId));
  assert.deepEqual(await ids(), both);
  fake.advance(5000);
  assert.deepEqual(await ids(), [[one.accessKeyId, "Active"]]);
});

test("sessions outlive the key that they came from, unless the rule says otherwise", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const session = await withMfa(fake);
  fake.setKey(one.accessKeyId, "inactive");
  await iamFor(fake, session).send(list);
  fake.rules.sessionsDieWithKey = true;
  await refused(iamFor(fake, session).send(list), "InvalidClientTokenId", 403);
  fake.setKey(one.accessKeyId, "active");
  await iamFor(fake, session).send(list);
  fake.removeKey(one.accessKeyId);
  await refused(iamFor(fake, session).send(list), "InvalidClientTokenId", 403);
  fake.rules.sessionsDieWithKey = false;
  await iamFor(fake, session).send(list);
});

test("when a key was last used is known, by service and region, and only if its signature was right", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const key = await made(fake);
  const never = await iamFor(fake).send(lastUsed(key.accessKeyId));
  assert.equal(never.UserName, "my-user1");
  assert.deepEqual(never.AccessKeyLastUsed, { ServiceName: "N/A", Region: "N/A" });
  await refused(stsFor(fake, { ...key, secretAccessKey: "x" }).send(whoAmI), "SignatureDoesNotMatch", 403);
  const still = await iamFor(fake).send(lastUsed(key.accessKeyId));
  assert.equal(still.AccessKeyLastUsed?.LastUsedDate, undefined);
  await stsFor(fake, key, "eu-west-1").send(whoAmI);
  const used = (await iamFor(fake).send(lastUsed(key.accessKeyId))).AccessKeyLastUsed;
  assert.deepEqual([used?.ServiceName, used?.Region], ["sts", "eu-west-1"]);
  assert.ok(Math.abs(Number(used?.LastUsedDate) - fake.now()) < 60_000);
});

test("a key may be made although the answer never came, or not be made at all", async (t) => {
  const fake = await fakeFor(t, { world: worldOfKeys() });
  const keys = () => fake.world.accounts[0]?.users[0]?.accessKeys ?? [];
  fake.faults.add({ kind: "reset", action: "CreateAccessKey", when: "before" });
  await assert.rejects(iamFor(fake).send(create), { code: "ECONNRESET" });
  assert.equal(keys().length, 1);
  fake.faults.add({ kind: "hang", action: "CreateAccessKey" });
  const soon = () => ({ abortSignal: AbortSignal.timeout(200) });
  await assert.rejects(iamFor(fake).send(create, soon()), { name: "AbortError" });
  assert.equal(keys().length, 1);
  fake.faults.add({ kind: "hang", action: "CreateAccessKey", when: "after" });
  await assert.rejects(iamFor(fake).send(create, soon()), { name: "AbortError" });
  assert.equal(keys().length, 2);
  const id = keys()[1]?.id ?? "";
  fake.faults.add({ kind: "reset", action: "DeleteAccessKey", when: "after" });
  await assert.rejects(iamFor(fake).send(remove(id)), { code: "ECONNRESET" });
  assert.equal(keys().length, 1);
  assert.deepEqual(fake.requests.counts(), { CreateAccessKey: 3, DeleteAccessKey: 1 });
});
