import assert from "node:assert/strict";
import test from "node:test";
import { ListMFADevicesCommand, paginateListMFADevices } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { fakeFor, iamFor, keyOf, refused, stsFor } from "./sdk-clients.ts";
import type { User } from "./world.ts";
import { one, policy, worldOfOne } from "./world-of-one.ts";

function worldWith(change: (user: User) => void) {
  const world = worldOfOne();
  const user = world.accounts[0]?.users[0];
  assert.ok(user);
  change(user);
  return world;
}

test("a user's own devices are listed, by its name too, FIDO ones among them", async (t) => {
  const serial = "arn:aws:iam::111111111111:u2f/user/my-user1/my-key-ABCDEFGHIJKL";
  const fake = await fakeFor(t, {
    world: worldWith((user) => user.mfaDevices.push({ kind: "fido", serial })),
  });
  for (const UserName of [undefined, "my-user1"]) {
    const { MFADevices, IsTruncated } = await iamFor(fake).send(new ListMFADevicesCommand({ UserName }));
    assert.deepEqual(
      MFADevices?.map((device) => device.SerialNumber),
      [one.mfaSerial, serial],
    );
    assert.equal(MFADevices?.[0]?.UserName, "my-user1");
    assert.ok(MFADevices?.[0]?.EnableDate instanceof Date);
    assert.equal(IsTruncated, false);
  }
});

test("long lists come in pages of the size that was set, or asked for if that is less", async (t) => {
  const world = worldWith((user) => {
    for (const n of [2, 3, 4, 5])
      user.mfaDevices.push({ kind: "fido", serial: `arn:aws:iam::111111111111:u2f/${n}` });
  });
  const fake = await fakeFor(t, { world, rules: { pageSize: 2 } });
  const sizes: (number | undefined)[] = [];
  for await (const page of paginateListMFADevices({ client: iamFor(fake) }, {}))
    sizes.push(page.MFADevices?.length);
  assert.deepEqual(sizes, [2, 2, 1]);
  const first = await iamFor(fake).send(new ListMFADevicesCommand({ MaxItems: 1 }));
  assert.deepEqual([first.MFADevices?.length, first.IsTruncated], [1, true]);
  await refused(iamFor(fake).send(new ListMFADevicesCommand({ Marker: "x" })), "ValidationError", 400);
  await refused(iamFor(fake).send(new ListMFADevicesCommand({ MaxItems: 1001 })), "ValidationError", 400);
});

const notAllowed = `User: ${one.userArn} is not authorized to perform: iam:ListMFADevices on resource: user my-user1`;

test("what no policy allows is refused", async (t) => {
  const world = worldWith((user) => {
    user.policies = [];
  });
  const fake = await fakeFor(t, { world });
  const message = `${notAllowed} because no identity-based policy allows the iam:ListMFADevices action`;
  await refused(iamFor(fake).send(new ListMFADevicesCommand({})), "AccessDenied", 403, message);
});

test("what a policy denies is refused, whatever else allows it", async (t) => {
  const world = worldWith((user) => user.policies.push(policy("Deny", "iam:List*")));
  const fake = await fakeFor(t, { world });
  const message = `${notAllowed} with an explicit deny in an identity-based policy`;
  await refused(iamFor(fake).send(new ListMFADevicesCommand({})), "AccessDenied", 403, message);
});

test("a policy may ask for MFA, which a long-term key does not have", async (t) => {
  const deny = policy("Deny", "*");
  for (const statement of deny.Statement) {
    statement.Condition = { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } };
  }
  const fake = await fakeFor(t, { world: worldWith((user) => user.policies.push(deny)) });
  await refused(
    iamFor(fake).send(new ListMFADevicesCommand({})),
    "AccessDenied",
    403,
    /with an explicit deny/,
  );
});

test("another user's devices are listed where that is allowed and the user exists", async (t) => {
  const fake = await fakeFor(t);
  const other = new ListMFADevicesCommand({ UserName: "nobody" });
  await refused(iamFor(fake).send(other), "NoSuchEntity", 404, "The user with name nobody cannot be found.");
});

test("a role has no devices of its own", async (t) => {
  const fake = await fakeFor(t);
  const role = { RoleArn: one.partnerRole, RoleSessionName: "s1", ExternalId: one.externalId };
  const key = keyOf(await stsFor(fake).send(new AssumeRoleCommand(role)));
  const message = "Must specify userName when calling with non-User credentials";
  await refused(iamFor(fake, key).send(new ListMFADevicesCommand({})), "ValidationError", 400, message);
});
