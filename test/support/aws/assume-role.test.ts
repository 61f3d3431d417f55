import assert from "node:assert/strict";
import test from "node:test";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import type { FakeAws } from "./fake-aws.ts";
import { type ClientKey, fakeFor, keyOf, refused, stsFor, userKey } from "./sdk-clients.ts";
import { one, policy, trust, worldOfOne } from "./world-of-one.ts";

type CredentialRequest = Partial<AssumeRoleCommandInput>;

const assume = (fake: FakeAws, key: ClientKey, RoleArn: string, wish: CredentialRequest = {}) =>
  stsFor(fake, key).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "my-session", ...wish }));

const mfa = (fake: FakeAws) => ({ SerialNumber: one.mfaSerial, TokenCode: fake.code(one.mfaSerial) });

const baseSession = async (fake: FakeAws, proven = true) =>
  keyOf(await stsFor(fake).send(new GetSessionTokenCommand(proven ? mfa(fake) : {})));

const denied = (who: string, role: string, action = "sts:AssumeRole") =>
  `User: ${who} is not authorized to perform: ${action} on resource: ${role}`;

function userOf(fake: FakeAws) {
  const user = fake.world.accounts[0]?.users[0];
  assert.ok(user);
  return user;
}

function roleOf(fake: FakeAws, name: string) {
  const role = fake.world.accounts.flatMap((account) => account.roles).find((each) => each.name === name);
  assert.ok(role);
  return role;
}

test("a role that wants MFA is had with a base session that has it, without a further code", async (t) => {
  const fake = await fakeFor(t);
  const base = await baseSession(fake);
  for (const role of [one.role1, one.role2]) {
    const answer = await assume(fake, base, role);
    const name = role.split("/").at(-1);
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::111111111111:assumed-role/${name}/my-session`);
    assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? "", /^AROA[A-Z2-7]{17}:my-session$/);
    assert.equal(answer.PackedPolicySize, undefined);
    const seconds = ((answer.Credentials?.Expiration?.getTime() ?? 0) - fake.now()) / 1000;
    assert.ok(seconds > 3590 && seconds <= 3600, `${seconds} s`);
    const caller = await stsFor(fake, keyOf(answer)).send(new GetCallerIdentityCommand({}));
    assert.equal(caller.Arn, answer.AssumedRoleUser?.Arn);
  }
});

test("a role that wants MFA is had with the long-term key and a code, which is then used up", async (t) => {
  const fake = await fakeFor(t);
  const proof = mfa(fake);
  await assume(fake, userKey, one.role1, proof);
  const message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
  await refused(assume(fake, userKey, one.role1, proof), "AccessDenied", 403, message);
});

test("a role that wants MFA is refused to whoever has none", async (t) => {
  const fake = await fakeFor(t);
  for (const key of [userKey, await baseSession(fake, false)]) {
    await refused(assume(fake, key, one.role1), "AccessDenied", 403, denied(one.userArn, one.role1));
  }
});

test("MFA does not go on from a role to the next", async (t) => {
  const fake = await fakeFor(t);
  roleOf(fake, "my-role3").trust = trust({ principals: [one.role1], mfa: true });
  const role1 = keyOf(await assume(fake, await baseSession(fake), one.role1));
  const who = "arn:aws:sts::111111111111:assumed-role/my-role1/my-session";
  await refused(assume(fake, role1, one.role3), "AccessDenied", 403, denied(who, one.role3));
});

test("a code given with a role's credentials belongs to nobody", async (t) => {
  const fake = await fakeFor(t);
  const role1 = keyOf(await assume(fake, await baseSession(fake), one.role1));
  await assume(fake, role1, one.role3);
  const call = assume(fake, role1, one.role3, mfa(fake));
  await refused(
    call,
    "AccessDenied",
    403,
    /^MultiFactorAuthentication failed, unable to validate MFA code\./,
  );
});

test("half of an MFA proof is refused", async (t) => {
  const fake = await fakeFor(t);
  const message =
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
  const call = assume(fake, userKey, one.role1, { SerialNumber: one.mfaSerial });
  await refused(call, "AccessDenied", 403, message);
});

test("a role may limit how long ago the code was given", async (t) => {
  const fake = await fakeFor(t, { rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  roleOf(fake, "my-role1").trust = trust({ principals: [one.account], mfa: true, maxMfaAge: 3600 });
  const base = await baseSession(fake);
  fake.advance(3_590_000);
  await assume(fake, base, one.role1);
  fake.advance(20_000);
  await refused(assume(fake, base, one.role1), "AccessDenied", 403, denied(one.userArn, one.role1));
  await assume(fake, userKey, one.role1, mfa(fake));
});

test("an external id has to be given, and be the right one", async (t) => {
  const fake = await fakeFor(t);
  const message = denied(one.userArn, one.partnerRole);
  for (const wish of [{}, { ExternalId: "another" }]) {
    await refused(assume(fake, userKey, one.partnerRole, wish), "AccessDenied", 403, message);
  }
  await assume(fake, userKey, one.partnerRole, { ExternalId: one.externalId });
});

test("whom a role does not trust, and whom no policy lets go to another account, is refused", async (t) => {
  const fake = await fakeFor(t);
  await refused(assume(fake, userKey, one.role3), "AccessDenied", 403, denied(one.userArn, one.role3));
  const nowhere = "arn:aws:iam::111111111111:role/nowhere";
  await refused(assume(fake, userKey, nowhere), "AccessDenied", 403, denied(one.userArn, nowhere));
  userOf(fake).policies = [];
  const partner = assume(fake, userKey, one.partnerRole, { ExternalId: one.externalId });
  await refused(partner, "AccessDenied", 403, denied(one.userArn, one.partnerRole));
  roleOf(fake, "partner-role").trust = trust({ principals: [one.userArn] });
  await refused(
    assume(fake, userKey, one.partnerRole),
    "AccessDenied",
    403,
    denied(one.userArn, one.partnerRole),
  );
});

test("a role of the own account that names the user needs no policy, one that names the account does", async (t) => {
  const fake = await fakeFor(t);
  userOf(fake).policies = [];
  const base = await baseSession(fake);
  await assume(fake, base, one.role2);
  await refused(assume(fake, base, one.role1), "AccessDenied", 403, denied(one.userArn, one.role1));
});

test("a policy that denies wins", async (t) => {
  const fake = await fakeFor(t);
  userOf(fake).policies.push(policy("Deny", "sts:AssumeRole", one.role2));
  const call = assume(fake, userKey, one.role2, mfa(fake));
  const message = `${denied(one.userArn, one.role2)} with an explicit deny in an identity-based policy`;
  await refused(call, "AccessDenied", 403, message);
});

test("a trust policy that denies wins", async (t) => {
  const fake = await fakeFor(t);
  roleOf(fake, "my-role2").trust.Statement.push({ Effect: "Deny", Principal: "*", Action: "sts:*" });
  const message = `${denied(one.userArn, one.role2)} with an explicit deny in a resource-based policy`;
  await refused(assume(fake, userKey, one.role2, mfa(fake)), "AccessDenied", 403, message);
});

test("a session lasts no longer than the role allows", async (t) => {
  const fake = await fakeFor(t);
  const answer = await assume(fake, userKey, one.role1, { DurationSeconds: 43_200, ...mfa(fake) });
  const seconds = ((answer.Credentials?.Expiration?.getTime() ?? 0) - fake.now()) / 1000;
  assert.ok(seconds > 43_100 && seconds <= 43_200, `${seconds} s`);
  const message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
  const call = assume(fake, userKey, one.role2, { DurationSeconds: 3601, ...mfa(fake) });
  await refused(call, "ValidationError", 400, message);
});

test("with any session as the caller, an hour is the most", async (t) => {
  const fake = await fakeFor(t);
  const base = await baseSession(fake);
  const role1 = keyOf(await assume(fake, base, one.role1, { DurationSeconds: 3600 }));
  const message =
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
  const first = assume(fake, base, one.role1, { DurationSeconds: 3601 });
  await refused(first, "ValidationError", 400, message);
  const second = assume(fake, role1, one.role3, { DurationSeconds: 3601 });
  await refused(second, "ValidationError", 400, message);
});

const long = "x".repeat(2049);
const invalidParameters: [string, CredentialRequest, code: string, message: RegExp][] = [
  [
    "a session name of one character",
    { RoleSessionName: "x" },
    "ValidationError",
    /'roleSessionName'.*greater than or equal to 2$/,
  ],
  [
    "a session name of 65 characters",
    { RoleSessionName: "x".repeat(65) },
    "ValidationError",
    /'roleSessionName'.*less than or equal to 64$/,
  ],
  [
    "a session name with a space",
    { RoleSessionName: "a b" },
    "ValidationError",
    /^1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: \[\\w\+=,\.@-\]\*$/,
  ],
  [
    "an ARN that is none",
    { RoleArn: "this-is-not-a-role-arn" },
    "ValidationError",
    /^this-is-not-a-role-arn is invalid$/,
  ],
  [
    "an ARN that is too short",
    { RoleArn: "my-role1" },
    "ValidationError",
    /'roleArn'.*greater than or equal to 20$/,
  ],
  [
    "less than 15 minutes",
    { DurationSeconds: 899 },
    "ValidationError",
    /'899' at 'durationSeconds'.*greater than or equal to 900$/,
  ],
  [
    "more than 12 hours",
    { DurationSeconds: 43_201 },
    "ValidationError",
    /'43201' at 'durationSeconds'.*less than or equal to 43200$/,
  ],
  ["an external id of one character", { ExternalId: "x" }, "ValidationError", /'externalId'/],
  ["an external id with a space", { ExternalId: "a b" }, "ValidationError", /'externalId'/],
  [
    "a policy that is no JSON",
    { Policy: "{" },
    "MalformedPolicyDocument",
    /^This policy contains invalid Json$/,
  ],
  ["a policy that says nothing", { Policy: "{}" }, "MalformedPolicyDocument", /./],
  ["a policy that is too long", { Policy: long }, "ValidationError", /'policy'.*less than or equal to 2048$/],
  [
    "policies that are too long together",
    { PolicyArns: [{ arn: long }] },
    "PackedPolicyTooLarge",
    /% of allotted space/,
  ],
  ["a source identity with a space", { SourceIdentity: "a b" }, "ValidationError", /'sourceIdentity'/],
  [
    "a tag key with a strange character",
    { Tags: [{ Key: "a?", Value: "" }] },
    "ValidationError",
    /'tags\.1\.member\.key'/,
  ],
  [
    "a tag value that is too long",
    { Tags: [{ Key: "a", Value: "x".repeat(257) }] },
    "ValidationError",
    /'tags\.1\.member\.value'/,
  ],
  [
    "a tag twice",
    {
      Tags: [
        { Key: "a", Value: "" },
        { Key: "A", Value: "" },
      ],
    },
    "InvalidParameterValue",
    /^Duplicate tag keys/,
  ],
  [
    "51 tags",
    { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: "" })) },
    "ValidationError",
    /50/,
  ],
  [
    "a transitive tag that is not passed",
    { TransitiveTagKeys: ["a"] },
    "InvalidParameterValue",
    /must be included/,
  ],
];

for (const [name, wish, code, message] of invalidParameters) {
  test(`${name} is refused`, async (t) => {
    const fake = await fakeFor(t);
    await refused(assume(fake, await baseSession(fake), one.role2, wish), code, 400, message);
  });
}

test("parameters that are missing are named all at once", async (t) => {
  const fake = await fakeFor(t);
  const call = assume(fake, userKey, "", { RoleArn: undefined, RoleSessionName: undefined });
  const message =
    "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null";
  await refused(call, "ValidationError", 400, message);
});

test("a policy is taken, and the answer says how much room it took", async (t) => {
  const fake = await fakeFor(t);
  const document = JSON.stringify(policy("Allow", "s3:*"));
  const answer = await assume(fake, await baseSession(fake), one.role2, { Policy: document });
  assert.ok((answer.PackedPolicySize ?? 0) > 0 && (answer.PackedPolicySize ?? 0) < 10);
});

test("tags that need too much room are refused", async (t) => {
  const fake = await fakeFor(t);
  const Tags = Array.from({ length: 20 }, (_, n) => ({ Key: `k${n}`, Value: "x".repeat(250) }));
  const call = assume(fake, await baseSession(fake), one.role2, { Tags });
  await refused(call, "PackedPolicyTooLarge", 400, /consumes 12\d% of allotted space/);
});

test("a transitive tag goes on through roles that pass none", async (t) => {
  const fake = await fakeFor(t);
  roleOf(fake, "my-role1").trust = trust({ principals: [one.account], mfa: true, allowTags: true });
  roleOf(fake, "my-role2").trust = trust({ principals: [one.role3], allowTags: true });
  const wish = { Tags: [{ Key: "Team", Value: "x" }], TransitiveTagKeys: ["Team"] };
  const role1 = keyOf(await assume(fake, await baseSession(fake), one.role1, wish));
  const role3 = keyOf(await assume(fake, role1, one.role3));
  await refused(assume(fake, role3, one.role2, wish), "InvalidParameterValue", 400, /conflicts with/);
  await assume(fake, role3, one.role2);
});

test("tags need permission on both sides, and transitive ones cannot be changed later", async (t) => {
  const fake = await fakeFor(t);
  const base = await baseSession(fake);
  const wish = { Tags: [{ Key: "Team", Value: "é x" }], TransitiveTagKeys: ["Team"] };
  await assume(fake, base, one.role2, wish);
  const message = denied(one.userArn, one.role1, "sts:TagSession");
  await refused(assume(fake, base, one.role1, wish), "AccessDenied", 403, message);
  roleOf(fake, "my-role1").trust = trust({ principals: [one.account], mfa: true, allowTags: true });
  roleOf(fake, "my-role3").trust = trust({ principals: [one.role1], allowTags: true });
  const role1 = keyOf(await assume(fake, base, one.role1, wish));
  const again = assume(fake, role1, one.role3, { Tags: [{ Key: "team", Value: "y" }] });
  await refused(again, "InvalidParameterValue", 400, /conflicts with a transitive tag key/);
  await assume(fake, role1, one.role3, { Tags: [{ Key: "Other", Value: "y" }] });
});

test("a source identity needs permission, and stays for the whole chain", async (t) => {
  const fake = await fakeFor(t);
  const base = await baseSession(fake);
  const wish = { SourceIdentity: "alice" };
  assert.equal((await assume(fake, base, one.role2, wish)).SourceIdentity, "alice");
  const message = denied(one.userArn, one.role1, "sts:SetSourceIdentity");
  await refused(assume(fake, base, one.role1, wish), "AccessDenied", 403, message);
  roleOf(fake, "my-role1").trust = trust({ principals: [one.account], mfa: true, allowSourceIdentity: true });
  roleOf(fake, "my-role3").trust = trust({ principals: [one.role1], allowSourceIdentity: true });
  const role1 = keyOf(await assume(fake, base, one.role1, wish));
  assert.equal((await assume(fake, role1, one.role3)).SourceIdentity, "alice");
  const changed = assume(fake, role1, one.role3, { SourceIdentity: "bob" });
  await refused(changed, "AccessDenied", 403, /sts:SetSourceIdentity/);
});

test("the path of a role is part of its ARN, and not of its sessions'", async (t) => {
  const world = worldOfOne();
  const role = { name: "deep", path: "/team/a/", trust: trust({ principals: ["*"] }), policies: [] };
  world.accounts[0]?.roles.push(role);
  const fake = await fakeFor(t, { world });
  const answer = await assume(fake, userKey, "arn:aws:iam::111111111111:role/team/a/deep");
  assert.equal(answer.AssumedRoleUser?.Arn, "arn:aws:sts::111111111111:assumed-role/deep/my-session");
  const bare = "arn:aws:iam::111111111111:role/deep";
  await refused(assume(fake, userKey, bare), "AccessDenied", 403, denied(one.userArn, bare));
});
