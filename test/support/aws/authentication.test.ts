import assert from "node:assert/strict";
import test from "node:test";
import { ListMFADevicesCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fakeFor, iamFor, keyOf, refused, stsFor, userKey } from "./sdk-clients.ts";
import { one, policy } from "./world-of-one.ts";

const whoAmI = new GetCallerIdentityCommand({});
const invalid = "The security token included in the request is invalid.";
const partner = { RoleArn: one.partnerRole, RoleSessionName: "some-session", ExternalId: one.externalId };

test("a right key is known, as are the sessions that come from it", async (t) => {
  const fake = await fakeFor(t);
  const { Account, Arn, UserId } = await stsFor(fake).send(whoAmI);
  assert.deepEqual([Account, Arn], [one.account, one.userArn]);
  assert.match(UserId ?? "", /^AIDA[A-Z2-7]{17}$/);
  const base = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  assert.equal((await stsFor(fake, base).send(whoAmI)).Arn, one.userArn);
  const role = keyOf(await stsFor(fake, base).send(new AssumeRoleCommand(partner)));
  const asRole = await stsFor(fake, role).send(whoAmI);
  assert.equal(asRole.Arn, "arn:aws:sts::222222222222:assumed-role/partner-role/some-session");
  assert.match(asRole.UserId ?? "", /^AROA[A-Z2-7]{17}:some-session$/);
});

test("a wrong secret is refused", async (t) => {
  const fake = await fakeFor(t);
  const sts = stsFor(fake, { ...userKey, secretAccessKey: "x" });
  await refused(
    sts.send(whoAmI),
    "SignatureDoesNotMatch",
    403,
    /^The request signature we calculated does not/,
  );
});

test("an unknown key and an inactive key are refused alike", async (t) => {
  const fake = await fakeFor(t);
  const sts = stsFor(fake, { ...userKey, accessKeyId: "AKIAUNKNOWNKEY000000" });
  await refused(sts.send(whoAmI), "InvalidClientTokenId", 403, invalid);
  const key = fake.world.accounts[0]?.users[0]?.accessKeys[0];
  assert.ok(key);
  key.status = "inactive";
  await refused(stsFor(fake).send(whoAmI), "InvalidClientTokenId", 403, invalid);
});

test("a session token counts only with the temporary key it was issued with", async (t) => {
  const fake = await fakeFor(t);
  const one = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  const other = keyOf(await stsFor(fake).send(new GetSessionTokenCommand({})));
  const { sessionToken, ...bare } = one;
  assert.ok(sessionToken && other.sessionToken);
  const mixed = { ...one, sessionToken: other.sessionToken };
  for (const key of [bare, mixed, { ...userKey, sessionToken }]) {
    await refused(stsFor(fake, key).send(whoAmI), "InvalidClientTokenId", 403, invalid);
  }
});

test("a session ends exactly when it says it does", async (t) => {
  const fake = await fakeFor(t, { rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  const answer = await stsFor(fake).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const end = answer.Credentials?.Expiration?.getTime() ?? 0;
  const sts = stsFor(fake, keyOf(answer));
  fake.setClock(end - 1, { stopped: true });
  await sts.send(whoAmI);
  fake.setClock(end, { stopped: true });
  await refused(
    sts.send(whoAmI),
    "ExpiredToken",
    403,
    "The security token included in the request is expired",
  );
});

test("a clock that is off is refused, and the answer's Date lets the client mend it", async (t) => {
  const fake = await fakeFor(t);
  fake.advance(301_000);
  const late =
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/;
  await refused(stsFor(fake).send(whoAmI), "SignatureDoesNotMatch", 403, late);
  fake.advance(-602_000);
  await refused(stsFor(fake).send(whoAmI), "SignatureDoesNotMatch", 403, /^Signature not yet current: /);
  const patient = new STSClient({ endpoint: fake.url, region: "eu-west-1", credentials: userKey });
  assert.equal((await patient.send(whoAmI)).Arn, one.userArn);
  fake.setClock();
  await stsFor(fake).send(whoAmI);
});

test("IAM takes signatures for its one region, STS for any that there may be", async (t) => {
  const fake = await fakeFor(t);
  const list = new ListMFADevicesCommand({});
  const message = "Credential should be scoped to a valid region, not 'eu-west-1'. ";
  await refused(iamFor(fake, userKey, "eu-west-1").send(list), "SignatureDoesNotMatch", 403, message);
  await refused(stsFor(fake, userKey, "moon").send(whoAmI), "SignatureDoesNotMatch", 403, /not 'moon'/);
  fake.rules.stsRegions = ["us-east-1"];
  await refused(stsFor(fake).send(whoAmI), "SignatureDoesNotMatch", 403, /not 'eu-west-1'/);
});

test("a signature for another service is refused", async (t) => {
  const fake = await fakeFor(t);
  const sts = stsFor(fake);
  Object.assign(sts.config, { signingName: "iam" });
  await refused(sts.send(whoAmI), "SignatureDoesNotMatch", 403, /correct service: 'sts'/);
});

test("sessions that were revoked, or whose user is gone, are unknown", async (t) => {
  const fake = await fakeFor(t);
  const revoked = stsFor(fake, keyOf(await stsFor(fake).send(new GetSessionTokenCommand({}))));
  const role = stsFor(fake, keyOf(await revoked.send(new AssumeRoleCommand(partner))));
  fake.revoke(one.userArn);
  await role.send(whoAmI);
  await refused(revoked.send(whoAmI), "InvalidClientTokenId", 403, invalid);
  const later = stsFor(fake, keyOf(await stsFor(fake).send(new GetSessionTokenCommand({}))));
  await later.send(whoAmI);
  fake.world.accounts[0]?.users.pop();
  await refused(later.send(whoAmI), "InvalidClientTokenId", 403, invalid);
});

test("sessions older than a revocation by policy are denied, later ones are not", async (t) => {
  const fake = await fakeFor(t);
  const base = stsFor(fake, keyOf(await stsFor(fake).send(new GetSessionTokenCommand({}))));
  await base.send(new AssumeRoleCommand(partner));
  fake.revoke(one.userArn, "denied");
  const message = `User: ${one.userArn} is not authorized to perform: sts:AssumeRole on resource: ${one.partnerRole} with an explicit deny in an identity-based policy`;
  await refused(base.send(new AssumeRoleCommand(partner)), "AccessDenied", 403, message);
  await base.send(whoAmI);
  fake.advance(1000);
  const later = stsFor(fake, keyOf(await stsFor(fake).send(new GetSessionTokenCommand({}))));
  await later.send(new AssumeRoleCommand(partner));
  assert.throws(() => fake.revoke("arn:aws:iam::111111111111:user/nobody"), /no user or role/);
});

test("who one is may be asked even where everything is denied", async (t) => {
  const fake = await fakeFor(t);
  fake.world.accounts[0]?.users[0]?.policies.push(policy("Deny", "*"));
  await stsFor(fake).send(whoAmI);
});

test("the root user's key belongs to the account", async (t) => {
  const fake = await fakeFor(t);
  const root = { accessKeyId: "AKIAROOT000000000001", secretAccessKey: "root-secret" };
  const account = fake.world.accounts[0];
  assert.ok(account);
  account.root = {
    accessKeys: [{ id: root.accessKeyId, secret: root.secretAccessKey, status: "active" }],
    mfaDevices: [],
  };
  const { Arn, UserId } = await stsFor(fake, root).send(whoAmI);
  assert.deepEqual([Arn, UserId], ["arn:aws:iam::111111111111:root", one.account]);
  const assume = stsFor(fake, root).send(
    new AssumeRoleCommand({ RoleArn: one.role2, RoleSessionName: "s1" }),
  );
  await refused(assume, "AccessDenied", 403, "Roles may not be assumed by root accounts.");
  const hour = await stsFor(fake, root).send(new GetSessionTokenCommand({ DurationSeconds: 43_200 }));
  const left = (hour.Credentials?.Expiration?.getTime() ?? 0) - fake.now();
  assert.ok(left > 3_590_000 && left <= 3_600_000, `${left} ms`);
});
