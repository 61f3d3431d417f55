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

test("credentials-09: a role is renewed alone, with the good session of its user and no code", async (t) => {
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

test("credentials-02: mfa_seconds makes a role ask in time, and explain and login say so", async (t) => {
  const { fake, home, code } = await scene(t);
  // Less than a call takes: any code but a new one is too old.
  home.writeConfig(`${home.config()}\n[aws-as my-role1]\nmfa_seconds = 1\n`);
  assert.equal((await home.run(["login", "my-user1", "--code", code()])).status, 0);
  const explained = await home.run(["explain", "my-role1"]);
  assert.match(explained.stdout, /"my-role1" wants a code that is at most 1 s old/);
  assert.match(explained.stdout, /: its code is too old for the role, a new one takes a code/);
  const unasked = await home.run(["process", "my-role1"]);
  assert.match(unasked.stderr, /"my-role1" needs an MFA code, and there is no way to ask for one/);
  fake.setClock(fake.now() + 60_000);
  const login = await home.run(["login", "my-role1", "--code", code()]);
  assert.equal(login.status, 0, login.stderr);
  assert.doesNotMatch(login.stderr, /renewed without a code/);
  assert.equal((await home.run(["process", "my-role1"])).status, 0);
  assert.equal((await home.run(["process", "my-role2"])).status, 0, "others take no notice of it");
  assert.equal(fake.requests.counts()["GetSessionToken"], 2);
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
  test(`credentials-03: a device that is registered later is found when a person ${how}`, async (t) => {
    const { home, register, code } = await scene(t, { devices: false, config: withoutDevice });
    // Within one run the memory of "no device" would otherwise hold for half a day.
    assert.equal((await home.run(["process", "my-user1"])).status, 0);
    register();
    const run = await home.run([...words, code()]);
    assert.equal(run.status, 0, run.stderr);
  });
}

test("credentials-03: a device that is registered after a denial is found by the next call", async (t) => {
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

/** A trust policy that wants the IAM user's own name: the pattern of the AWS Security Blog. */
function namedTrust(principal: string) {
  const wanted = trust({ principals: [principal], mfa: true });
  const [statement] = wanted.Statement;
  assert.ok(statement);
  const condition = { ...statement.Condition, StringEquals: { "sts:RoleSessionName": "${aws:username}" } };
  return { ...wanted, Statement: [{ ...statement, Condition: condition }] };
}

const phone = `arn:aws:iam::${one.account}:mfa/phone`;

test("credentials-10: a role that wants the IAM user's own name as its session name gets it", async (t) => {
  const { fake, home } = await scene(t, { config: awsFilesOfOne().config.replaceAll(one.mfaSerial, phone) });
  const [account] = fake.world.accounts;
  const user = account?.users[0];
  const role = account?.roles[0];
  assert.ok(user && role);
  // Neither the path nor the device's name says anything of the user's name.
  user.path = "/team/";
  user.mfaDevices = [{ kind: "virtual", serial: phone, secret: one.mfaSecret }];
  role.trust = namedTrust(`arn:aws:iam::${one.account}:user/team/my-user1`);
  const explained = async () => (await home.run(["explain", "my-role1"])).stdout;
  assert.match(await explained(), /session name \S+ \(the local user\)/);
  assert.equal((await home.run(["login", "my-user1", "--code", fake.code(phone)])).status, 0);
  const run = await home.run(["process", "my-role1"]);
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2, GetCallerIdentity: 1 });
  assert.match(await explained(), /session name my-user1 \(the IAM user\)/);
  // Known from now on, for all roles of the user.
  assert.equal((await home.run(["process", "my-role1"])).status, 0);
  await home.run(["logout", "my-role1"]);
  assert.equal((await home.run(["login", "my-role1", "--code", fake.code(phone)])).status, 0);
  assert.equal(fake.requests.counts()["AssumeRole"], 3);
  assert.equal(fake.requests.last()?.parameters["RoleSessionName"], "my-user1");
});

test("credentials-10: where IAM told the device, it told the user's name too", async (t) => {
  const { fake, home, code } = await scene(t, { config: withoutDevice });
  const [role] = fake.world.accounts[0]?.roles ?? [];
  assert.ok(role);
  role.trust = namedTrust(one.userArn);
  const run = await home.run(["process", "my-role1"], { env: { AWS_AS_MFA_CODE: code() } });
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(fake.requests.counts(), { ListMFADevices: 1, GetSessionToken: 1, AssumeRole: 1 });
});

test("credentials-10: AWS_ROLE_SESSION_NAME counts where the profile says nothing", async (t) => {
  const named = awsFilesOfOne().config.replace("[profile my-role2]", "$&\nrole_session_name = in-profile");
  const { fake, home, code } = await scene(t, { config: named });
  const env = { AWS_ROLE_SESSION_NAME: "by-variable" };
  assert.equal((await home.run(["login", "my-user1", "--code", code()])).status, 0);
  const sent = async (name: string, variables: Record<string, string>) => {
    const run = await home.run(["process", name], { env: variables });
    assert.equal(run.status, 0, run.stderr);
    return fake.requests.last()?.parameters["RoleSessionName"];
  };
  assert.equal(await sent("my-role1", env), "by-variable");
  assert.equal(await sent("my-role2", env), "in-profile");
  assert.match(
    (await home.run(["explain", "my-role1"], { env })).stdout,
    /session name by-variable \(AWS_ROLE_SESSION_NAME\)/,
  );
  // A session under another name is another session.
  assert.equal(await sent("my-role1", { AWS_ROLE_SESSION_NAME: "other" }), "other");
  // Beside a web identity of the environment it is that one's name.
  assert.notEqual(await sent("my-role1", { AWS_ROLE_SESSION_NAME: "pod", AWS_ROLE_ARN: one.role2 }), "pod");
  const wrong = await home.run(["process", "my-role1"], { env: { AWS_ROLE_SESSION_NAME: "a b" } });
  assert.equal(
    wrong.stderr,
    'aws-as: error: AWS_ROLE_SESSION_NAME "a b" must be 2 to 64 letters, digits or _+=,.@-\n' +
      "aws-as: hint: unset AWS_ROLE_SESSION_NAME\n",
  );
});

test("a denied role names the command that shows what was sent", async (t) => {
  const { fake, home, code } = await scene(t);
  const [role] = fake.world.accounts[0]?.roles ?? [];
  assert.ok(role);
  role.trust = trust({ principals: [one.role2] });
  const denied = await home.run(["login", "my-role1", "--code", code()]);
  assert.match(denied.stderr, /hint: where each of them comes from: aws-as explain my-role1\n/);
  // Whose name it is, is asked once.
  await home.run(["process", "my-role1"]);
  assert.equal(fake.requests.counts()["GetCallerIdentity"], 1);
});

const passkey = `arn:aws:iam::${one.account}:u2f/user/my-user1/key-ABC`;

test("credentials-14: a user of passkeys alone is shown aws login, and the way for roles without MFA", async (t) => {
  const { fake, home } = await scene(t, { config: withoutDevice });
  const [account] = fake.world.accounts;
  const user = account?.users[0];
  const role = account?.roles[0];
  assert.ok(user && role);
  user.mfaDevices = [{ kind: "fido", serial: passkey }];
  role.trust = trust({ principals: [one.userArn] });
  const { stderr } = await home.run(["process", "my-role1"]);
  assert.match(stderr, /^aws-as: error: the only MFA device .* is a FIDO security key or passkey/);
  assert.match(stderr, /: aws login --profile my-user1-login\n/);
  const hint = /no MFA: aws-as (mfa choose my-user1 none)\n/.exec(stderr)?.[1] ?? assert.fail(stderr);
  assert.equal((await home.run(hint.split(" "))).status, 0);
  const served = await home.run(["process", "my-role1"]);
  assert.equal(served.status, 0, served.stderr);
});

for (const [what, serial, words] of [
  [
    "a passkey",
    passkey,
    /is a FIDO security key or passkey.*\n(.*\n)*.*: aws login --profile my-user1-login\n/,
  ],
  ["the user's own ARN", one.userArn, /is no MFA device: the ARN of one has :mfa\/ in it\n/],
] as const) {
  test(`credentials-14: ${what} as mfa_serial is told before a code is asked for`, async (t) => {
    const { fake, home, code } = await scene(t, {
      config: awsFilesOfOne().config.replaceAll(one.mfaSerial, serial),
    });
    const run = await home.run(["login", "my-role1", "--code", code()]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, words);
    assert.deepEqual(fake.requests.counts(), {});
  });
}

test("credentials-14: a remembered device that was replaced is asked for anew by the next call", async (t) => {
  const { fake, home, code } = await scene(t, { config: withoutDevice });
  assert.equal((await home.run(["login", "my-user1", "--code", code()])).status, 0);
  const user = fake.world.accounts[0]?.users[0];
  assert.ok(user);
  user.mfaDevices = [{ kind: "virtual", serial: phone, secret: one.mfaSecret }];
  await home.run(["logout", "my-user1"]);
  const refused = await home.run(["process", "my-user1"], { env: { AWS_AS_MFA_CODE: "123456" } });
  assert.match(
    refused.stderr,
    /hint: the device was remembered, and is forgotten now: the same command again asks IAM/,
  );
  assert.doesNotMatch(refused.stderr, /check mfa_serial/);
  const env = { AWS_AS_MFA_CODE: fake.code(phone) };
  assert.equal((await home.run(["process", "my-user1"], { env })).status, 0);
});

test("the third wrong code in a row is met by a word about the phone's clock, across runs too", async (t) => {
  const { fake, home, code } = await scene(t);
  const words = /hint: three wrong codes in a row: is the time of the phone set automatically/;
  const right = Number(code());
  for (const round of [1, 2, 3]) {
    const wrong = String((right + round) % 1_000_000).padStart(6, "0");
    const run = await home.run(["login", "my-user1", "--code", wrong]);
    assert.equal(run.status, 1);
    assert.equal(words.test(run.stderr), round === 3, run.stderr);
  }
  assert.equal((await home.run(["login", "my-user1", "--code", code()])).status, 0);
  const after = await home.run([
    "login",
    "my-user1",
    "--renew",
    "--code",
    String((right + 9) % 1_000_000).padStart(6, "0"),
  ]);
  assert.doesNotMatch(after.stderr, words);
  assert.equal(fake.requests.counts()["GetSessionToken"], 5);
});
