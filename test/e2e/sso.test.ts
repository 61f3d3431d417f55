import assert from "node:assert/strict";
import { rmSync, statSync } from "node:fs";
import test from "node:test";
import { startUrl } from "../support/aws/sign-in.ts";
import { one } from "../support/aws/world-of-one.ts";
import { roleOnTop } from "../support/aws/world-of-sso.ts";
import { foundOnDisk } from "../support/canary.ts";
import { assertNoSecrets, documentIn, put, refused, served, ssoScene } from "../support/sso-scene.ts";

const hint = "aws-as: hint: sign in: aws sso login --sso-session corp";

test("a profile of a signed-in session is served by one request, and from the store after that", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn();
  const document = served(await home.run(["process", "admin"]));
  assert.equal(document["AccountId"], one.account);
  const end = Date.parse(String(document["Expiration"]));
  assert.ok(Math.abs(end - Date.now() - 3_600_000) < 60_000, document["Expiration"]);
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1 });
  assert.deepEqual(fake.requests.last()?.parameters, { account_id: one.account, role_name: "Admin" });
  assert.deepEqual(served(await home.run(["process", "admin"])), document);
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1 });
});

test("the legacy form finds the token by its start URL", async (t) => {
  const { fake, home, files } = await ssoScene(t);
  put(files.legacy, fake.signIn.signIn({ refreshable: false }));
  served(await home.run(["process", "legacy"]));
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1 });
});

test("a role on top of SSO is assumed with its credentials, and both are kept", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn();
  served(await home.run(["process", "on-top"]));
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1, AssumeRole: 1 });
  assert.equal(fake.requests.last()?.parameters["RoleArn"], roleOnTop);
  served(await home.run(["process", "on-top"]));
  served(await home.run(["process", "admin"]));
  assert.equal(fake.requests.all.length, 2);
});

test("env, login, status and logout serve an SSO profile and a role on it", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn();
  const login = await home.run(["login", "on-top"]);
  assert.deepEqual([login.status, login.stdout], [0, ""], login.stderr);
  assert.match(login.stderr, /^aws-as: "on-top" is good for /);
  for (const name of ["admin", "on-top"]) {
    const env = await home.run(["env", name, "--format", "json"]);
    assert.deepEqual([env.status, env.stderr], [0, ""]);
    const variables = JSON.parse(env.stdout);
    assert.equal(variables.AWS_AS_IDENTITY, name);
    const status = await home.run(["status"], { env: variables });
    assert.equal(status.status, 0, status.stderr);
    assert.match(status.stdout, new RegExp(name));
    assertNoSecrets(fake, status.stdout, status.stderr, login.stderr);
  }
  assert.equal(fake.requests.all.length, 2);
  assert.equal((await home.run(["logout", "on-top"])).status, 0);
  served(await home.run(["process", "on-top"]));
  assert.ok(fake.requests.all.length > 2);
});

test("an expired token with a refresh token is renewed without a word, and aws-cli's file holds the new one", async (t) => {
  const { fake, home, signIn, files } = await ssoScene(t);
  const before = signIn({ seconds: -60 });
  served(await home.run(["process", "admin"]));
  assert.deepEqual(fake.requests.counts(), { CreateToken: 1, GetRoleCredentials: 1 });
  const after = documentIn(files.session);
  assert.deepEqual(Object.keys(after), Object.keys(before));
  for (const changed of ["accessToken", "expiresAt", "refreshToken"])
    assert.notEqual(after[changed], before[changed]);
  for (const kept of ["startUrl", "region", "clientId", "clientSecret", "registrationExpiresAt"])
    assert.equal(after[kept], before[kept]);
  assert.match(String(after["expiresAt"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(statSync(files.session).mode & 0o777, 0o600);
  // The other roles of the session take the new token.
  served(await home.run(["process", "readonly"]));
  assert.equal(fake.requests.count("CreateToken"), 1);
});

test("a token near its end that cannot be renewed is used to its end", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn({ seconds: 60 });
  fake.faults.add({ kind: "unavailable", action: "CreateToken", times: Number.POSITIVE_INFINITY });
  served(await home.run(["process", "admin"]));
  assert.equal(fake.requests.count("GetRoleCredentials", "ok"), 1);
});

test("a token whose session AWS has ended is renewed and the credentials are asked for once more", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn();
  fake.signIn.signOut({ keepRefresh: true });
  served(await home.run(["process", "admin"]));
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 2, CreateToken: 1 });
});

for (const [what, prepare, fate] of [
  ["nobody signed in yet", () => undefined, "was not signed in to yet"],
  ["the token has expired", (scene) => scene.signIn({ seconds: -60, refreshable: false }), /expired at \S+Z/],
  [
    "AWS has ended the session",
    (scene) => {
      scene.signIn();
      scene.fake.signIn.signOut();
    },
    "was ended by AWS",
  ],
  [
    "the file is no document of aws-cli",
    ({ files }) => put(files.session, ["?"]),
    "was not signed in to yet",
  ],
] satisfies [string, (scene: Awaited<ReturnType<typeof ssoScene>>) => unknown, string | RegExp][]) {
  test(`without a person, when ${what}: says so on the first line, and how to sign in`, async (t) => {
    const scene = await ssoScene(t);
    prepare(scene);
    for (const name of ["admin", "on-top"]) {
      const [first = "", ...rest] = refused(await scene.home.run(["process", name]));
      assert.ok(first.startsWith(`aws-as: error: "${name}" needs a sign-in: the SSO session "corp" `), first);
      assert.match(first, fate instanceof RegExp ? fate : new RegExp(fate));
      assert.ok(first.endsWith(", and there is no terminal to do it on"), first);
      assert.deepEqual(rest, [hint]);
      assertNoSecrets(scene.fake, first);
    }
  });
}

test("the legacy form is signed in to by its profile", async (t) => {
  const { home } = await ssoScene(t);
  const [, advice] = refused(await home.run(["process", "legacy"]));
  assert.equal(advice, "aws-as: hint: sign in: aws sso login --profile legacy");
});

test("a role that is not assigned is named with its account", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  const token = signIn();
  const run = await home.run(["process", "unassigned"], { env: { AWS_AS_DEBUG: "1" } });
  const [first, second] = refused(run);
  assert.match(
    String(first),
    /IAM Identity Center does not let you act as role Nobody in account 111111111111: it is not assigned to you, or is not there \(~\/\.aws\/config:\d+\)$/,
  );
  assert.equal(second, `aws-as: hint: see what is assigned to you: ${startUrl}`);
  assert.ok(!run.stderr.includes(String(token["accessToken"])));
  assertNoSecrets(fake, run.stderr);
});

test("a profile with a session and no role says what is missing", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn();
  const [first] = refused(await home.run(["process", "token-only"]));
  assert.match(
    String(first),
    /profile "token-only" signs in by SSO but has no sso_account_id and sso_role_name/,
  );
  assert.equal(fake.requests.all.length, 0);
});

const faults = [
  [
    "throttle",
    /no credentials for role Admin in account 111111111111: .* has too many requests at the moment$/,
  ],
  ["unavailable", /no credentials for role Admin in account 111111111111: .* cannot answer at the moment/],
  [
    "html",
    /no credentials for role Admin in account 111111111111: the answer of .* is not one of AWS's: a web page/,
  ],
  ["truncated-xml", /the answer of .* is not one of AWS's: status 200 and a body that cannot be read$/],
  ["empty", /the answer of .* is not one of AWS's/],
  ["captive-portal", /is not one of AWS's: a redirect \(status 302\)$/],
  ["reset", /the connection to .* broke off/],
] as const;
for (const [kind, words] of faults) {
  test(`a portal that answers with ${kind} is told in our words, with the role's name and no secret`, async (t) => {
    const { fake, home, signIn } = await ssoScene(t);
    signIn();
    fake.faults.add({ kind, action: "GetRoleCredentials", times: Number.POSITIVE_INFINITY, when: "after" });
    const run = await home.run(["process", "admin"], { env: { AWS_AS_DEBUG: "1" } });
    const [first = ""] = refused(run);
    assert.match(first, words);
    assertNoSecrets(fake, run.stdout, run.stderr);
  });
}

test("a portal that cannot be reached at all is named", async (t) => {
  const { home, signIn } = await ssoScene(t);
  signIn();
  const [first] = refused(
    await home.run(["process", "admin"], { env: { AWS_ENDPOINT_URL_SSO: "http://127.0.0.1:1" } }),
  );
  assert.match(
    String(first),
    /no credentials for role Admin in account \d+: 127\.0\.0\.1:1 refused the connection$/,
  );
});

test("a clock that is far behind is found out by credentials that are over when they come", async (t) => {
  const { fake, home, signIn } = await ssoScene(t);
  signIn({ seconds: 40 * 3600 });
  fake.advance(-3 * 3_600_000);
  const [first] = refused(await home.run(["process", "admin"]));
  assert.match(String(first), /this machine's clock is 3 h ahead of AWS's/);
});

test("nothing that `aws sso login` keeps in secret lies anywhere else", async (t) => {
  const { fake, home, signIn, files } = await ssoScene(t);
  signIn({ seconds: -60 });
  served(await home.run(["process", "admin"]));
  served(await home.run(["process", "on-top"]));
  for (const secret of fake.signIn.secrets())
    assert.deepEqual(foundOnDisk(home.path, secret, [files.session, files.legacy]), []);
});

test("credentials-17: after `aws sso logout` nothing is served, and after another sign-in it is got anew", async (t) => {
  const { fake, home, files, signIn } = await ssoScene(t);
  signIn();
  const names = ["admin", "on-top"];
  for (const name of names) served(await home.run(["process", name]));
  rmSync(files.session);
  for (const name of names) {
    const run = await home.run(["process", name]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /the SSO session "corp" was not signed in to yet/);
  }
  assert.doesNotMatch((await home.run(["status"])).stdout, /sessions in the store/);
  signIn();
  fake.requests.clear();
  for (const name of names) served(await home.run(["process", name]));
  assert.deepEqual(fake.requests.counts(), { GetRoleCredentials: 1, AssumeRole: 1 });
});
