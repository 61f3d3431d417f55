import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, policy, trust, worldOfOne } from "../support/aws/world-of-one.ts";
import { makeHome } from "../support/home.ts";

// An opt-in region that an account has not enabled answers InvalidClientTokenId to all of the account's credentials.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html

const hk = "arn:aws:iam::222222222222:role/hk";
const far = "arn:aws:iam::222222222222:role/far";
const config = `
[profile my-user1]
region = eu-west-1
mfa_serial = ${one.mfaSerial}
[profile my-role1]
role_arn = ${one.role1}
source_profile = my-user1
region = eu-west-1
[profile hk]
role_arn = ${hk}
source_profile = my-user1
region = ap-east-1
[profile long-hk]
role_arn = ${hk}
source_profile = my-user1
region = ap-east-1
duration_seconds = 7200
[profile nowhere]
role_arn = ${hk}
source_profile = my-user1
[profile far]
role_arn = ${far}
source_profile = my-role1
region = ap-east-1
`;

async function scene(t: TestContext) {
  const world = worldOfOne();
  const [mine, other] = world.accounts;
  assert.ok(mine && other);
  mine.disabledRegions = ["ap-east-1"];
  mine.roles[0]?.policies.push(policy("Allow", "sts:AssumeRole", far));
  other.roles.push(
    {
      name: "hk",
      maxSessionDuration: 7200,
      trust: trust({ principals: [one.account], mfa: true }),
      policies: [],
    },
    { name: "far", trust: trust({ principals: [one.role1] }), policies: [] },
  );
  const fake = await startFakeAws({ world });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config });
  t.after(() => home.remove());
  const code = () => fake.code(one.mfaSerial);
  return { fake, home, code };
}

const refused =
  /^aws-as: error: STS in ap-east-1 does not accept the credentials that "[\w-]+" starts from; in eu-west-1 they are good\n/;

for (const [name, words, env] of [
  ["a role whose profile names it", ["process", "hk"], {}],
  ["a role of a chain", ["process", "far"], {}],
  ["a role without a region, by the environment", ["env", "nowhere"], { AWS_REGION: "ap-east-1" }],
  ["a login that renews", ["login", "hk", "--renew"], {}],
] as const) {
  test(`credentials-01: a region that the user's account has not enabled costs no session: ${name}`, async (t) => {
    const { fake, home, code } = await scene(t);
    assert.equal((await home.run(["login", "my-role1", "--code", code()])).status, 0);
    for (let count = 0; count < 2; count++) {
      const run = await home.run(words, { env });
      assert.match(run.stderr, refused);
      assert.match(run.stderr, /hint: is the region ap-east-1 enabled in account 111111111111\?/);
      assert.equal(run.status, 1);
    }
    // The session of the user is there, and serves other roles as before.
    const before = fake.requests.counts()["GetSessionToken"];
    assert.equal((await home.run(["login", "my-role1", "--renew"])).status, 0);
    assert.equal(fake.requests.counts()["GetSessionToken"], before);
  });
}

test("credentials-01: the first call for a role of such a region gets the user's session, in the user's region", async (t) => {
  const { fake, home, code } = await scene(t);
  const run = await home.run(["process", "hk"], { env: { AWS_AS_MFA_CODE: code() } });
  assert.match(run.stderr, refused);
  const [token] = fake.requests.all.filter(({ action }) => action === "GetSessionToken");
  assert.equal(token?.outcome, "ok");
  assert.equal((await home.run(["process", "my-role1"])).status, 0);
});

test("a role that is assumed straight from the key says the same of such a region", async (t) => {
  const { home, code } = await scene(t);
  const run = await home.run(["process", "long-hk"], { env: { AWS_AS_MFA_CODE: code() } });
  assert.match(run.stderr, refused);
});

test("credentials-01: a session that its own region no longer accepts is replaced", async (t) => {
  const { fake, home, code } = await scene(t);
  assert.equal((await home.run(["login", "my-user1", "--code", code()])).status, 0);
  fake.revoke(one.userArn);
  const next = code();
  const run = await home.run(["process", "my-role1"], { env: { AWS_AS_MFA_CODE: next } });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(fake.requests.counts()["GetSessionToken"], 2);
});
