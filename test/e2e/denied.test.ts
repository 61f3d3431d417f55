import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, trust, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";

async function scene(t: TestContext, options: { devices?: boolean; config?: string } = {}) {
  const world = worldOfOne();
  const user = world.accounts[0]?.users[0];
  assert.ok(user);
  const devices = user.mfaDevices;
  if (options.devices === false) user.mfaDevices = [];
  const fake = await startFakeAws({ world, rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const home = makeHome({
    url: fake.url,
    ...(options.config === undefined ? {} : { config: options.config }),
  });
  t.after(() => home.remove());
  return { fake, home, register: () => (user.mfaDevices = devices), code: () => fake.code(one.mfaSerial) };
}

const withoutDevice = awsFilesOfOne().config.replace(/^mfa_serial.*\n/gm, "");

test("a role is renewed alone, with the good session of its user and no code", async (t) => {
  const { fake, home, code } = await scene(t);
  assert.equal((await home.run(["login", "my-role1", "--code", code()])).status, 0);
  const dead = JSON.parse((await home.run(["process", "my-role1"])).stdout);
  fake.revoke(one.role1);
  const renewed = await home.run(["login", "my-role1", "--renew"]);
  assert.equal(renewed.status, 0, renewed.stderr);
  const fresh = JSON.parse((await home.run(["process", "my-role1"])).stdout);
  assert.notEqual(fresh.AccessKeyId, dead.AccessKeyId);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1);
});

test("a role that demands a recent code: the denial says how old the code is, and its hint helps", async (t) => {
  const { fake, home, code } = await scene(t);
  const role = fake.world.accounts[0]?.roles[0];
  assert.ok(role);
  role.trust = trust({ principals: [one.userArn], mfa: true, maxMfaAge: 600 });
  assert.equal((await home.run(["login", "my-user1", "--code", code()])).status, 0);
  fake.setClock(fake.now() + 20 * 60_000);
  const denied = await home.run(["process", "my-role1"]);
  assert.equal(denied.status, 1);
  assert.match(denied.stderr, /hint: sent: session name "[^"]+", no external id, no source identity/);
  const hint =
    /recent one: aws-as (login my-user1 --renew)$/m.exec(denied.stderr)?.[1] ?? assert.fail(denied.stderr);
  assert.equal((await home.run([...hint.split(" "), "--code", code()])).status, 0);
  assert.equal((await home.run(["process", "my-role1"])).status, 0);
});

test("a code that no step needed is said to be unused", async (t) => {
  const { home, code } = await scene(t);
  assert.equal((await home.run(["login", "my-role1", "--code", code()])).status, 0);
  const again = await home.run(["login", "my-role1", "--code", "123456"]);
  assert.match(again.stderr, /^aws-as: warning: the code was not needed and was not sent\n/);
});

for (const [how, words] of [
  ["gives a code", ["env", "my-role1", "--code"]],
  ["logs in", ["login", "my-role1", "--code"]],
] as const) {
  test(`a device that is registered later is found when a person ${how}`, async (t) => {
    const { home, register, code } = await scene(t, { devices: false, config: withoutDevice });
    // Within one run the memory of "no device" would otherwise hold for half a day.
    assert.equal((await home.run(["process", "my-user1"])).status, 0);
    register();
    const run = await home.run([...words, code()]);
    assert.equal(run.status, 0, run.stderr);
  });
}

test("a device that is registered after a denial is found by the next call", async (t) => {
  const { home, register, code } = await scene(t, { devices: false, config: withoutDevice });
  const denied = await home.run(["process", "my-role1"]);
  assert.match(
    denied.stderr,
    /hint: if it demands MFA, see whether IAM knows a device by now: aws-as mfa list my-user1\n/,
  );
  register();
  const run = await home.run(["process", "my-role1"], { env: { AWS_AS_MFA_CODE: code() } });
  assert.equal(run.status, 0, run.stderr);
});
