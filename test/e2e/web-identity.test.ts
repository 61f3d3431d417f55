import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { mintToken } from "../support/aws/web-token.ts";
import { one } from "../support/aws/world-of-one.ts";
import { cluster, clusterToken, outside } from "../support/aws/world-of-sources.ts";
import { laterBy } from "../support/later.ts";
import { assertHidden, crowdOf, keysOf, refused, served, sourceScene } from "../support/source-scene.ts";

const config = (more = "", file = "~/token") => `
[profile web]
role_arn = ${outside.webRole}
web_identity_token_file = ${file}
${more}
region = eu-west-1

[profile on-top]
role_arn = ${outside.roleOnTop}
source_profile = web
region = eu-west-1
`;

async function scene(t: TestContext, text = config()) {
  const { fake, home } = await sourceScene(t, text);
  const file = join(home.path, "token");
  const put = (token: string) => writeFileSync(file, token, { mode: 0o600 });
  put(`${clusterToken(fake.now())}\n`);
  return { fake, home, file, put };
}

test("a token in a file is a role by one unsigned request, and by none after that", async (t) => {
  const { fake, home } = await scene(t, config("role_session_name = cart-1\nduration_seconds = 7200"));
  const document = served(await home.run(["process", "web"]));
  assert.equal(document["AccountId"], one.account);
  assert.deepEqual(fake.requests.counts(), { AssumeRoleWithWebIdentity: 1 });
  const request = fake.requests.last();
  assert.deepEqual(request?.parameters["RoleSessionName"], "cart-1");
  assert.deepEqual(request?.parameters["DurationSeconds"], "7200");
  assert.equal(request?.accessKeyId, undefined);
  const left = Date.parse(String(document["Expiration"])) - Date.now();
  assert.ok(Math.abs(left - 7_200_000) < 60_000, document["Expiration"]);
  assert.deepEqual(served(await home.run(["process", "web"])), document);
  assert.equal(fake.requests.all.length, 1);
});

test("what the environment says about another web identity does not count", async (t) => {
  const { fake, home } = await scene(t);
  const env = {
    AWS_ROLE_SESSION_NAME: "not-this-one",
    AWS_ROLE_ARN: outside.machineRole,
    AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere",
    AWS_ACCESS_KEY_ID: "AKIAWRONGWRONGWRONG1",
    AWS_SECRET_ACCESS_KEY: "wrong",
  };
  served(await home.run(["process", "web"], { env }));
  const { RoleArn, RoleSessionName } = fake.requests.last()?.parameters ?? {};
  assert.equal(RoleArn, outside.webRole);
  assert.notEqual(RoleSessionName, "not-this-one");
});

test("a role on top is assumed with the session of the token, and env, login, status and logout serve both", async (t) => {
  const { fake, home } = await scene(t);
  const login = await home.run(["login", "on-top"]);
  assert.deepEqual([login.status, login.stdout], [0, ""], login.stderr);
  assert.deepEqual(fake.requests.counts(), { AssumeRoleWithWebIdentity: 1, AssumeRole: 1 });
  for (const name of ["web", "on-top"]) {
    const env = await home.run(["env", name, "--format", "json"]);
    assert.deepEqual([env.status, env.stderr], [0, ""]);
    const status = await home.run(["status"], { env: JSON.parse(env.stdout) });
    assert.match(status.stdout, new RegExp(name));
  }
  assert.equal(fake.requests.all.length, 2);
  const logout = await home.run(["logout", "on-top"]);
  assert.match(logout.stderr, /forgot the session of web identity web\n/);
  served(await home.run(["process", "on-top"]));
  assert.equal(fake.requests.all.length, 4);
});

test("twenty at once send the token once", async (t) => {
  const { fake, home } = await scene(t);
  assert.equal(keysOf(await crowdOf(home, "web", 20)).size, 1);
  assert.deepEqual(fake.requests.counts(), { AssumeRoleWithWebIdentity: 1 });
});

test("a session near its end is renewed with the token of that moment, and the old one serves while that fails", async (t) => {
  const later = laterBy("45m", t);
  if (later === undefined) return;
  const { fake, home, put, file } = await scene(t);
  const old = served(await home.run(["process", "web"]));
  fake.advance(45 * 60_000);
  rmSync(file);
  assert.deepEqual(served(await home.run(["process", "web"], { env: later })), old);
  assert.equal(fake.requests.all.length, 1);
  put(clusterToken(fake.now()));
  // A renewal that failed is not tried again for a minute.
  const evenLater = laterBy("47m", t);
  const renewed = served(await home.run(["process", "web"], { env: { ...evenLater } }));
  assert.notEqual(renewed["AccessKeyId"], old["AccessKeyId"]);
  assert.deepEqual(fake.requests.counts(), { AssumeRoleWithWebIdentity: 2 });
});

type Scene = Awaited<ReturnType<typeof scene>>;

const place = "(~/.aws/config:4)";

for (const [what, prepare, expected, hint] of [
  [
    "is missing",
    ({ file }) => rmSync(file),
    `the web identity token of profile "web" cannot be read, it does not exist: ~/token ${place}`,
  ],
  [
    "is empty",
    ({ put }) => put("\n"),
    `the web identity token of profile "web" is missing, its file is empty: ~/token ${place}`,
  ],
  [
    "is a folder",
    ({ file }) => {
      rmSync(file);
      mkdirSync(file);
    },
    `the web identity token of profile "web" cannot be read, it is a folder: ~/token ${place}`,
  ],
  [
    "is far too large",
    ({ put }) => put("x".repeat(100_000)),
    `the web identity token of profile "web" is in no regular file, or in one that is far too large: ~/token ${place}`,
  ],
  [
    "is too long",
    ({ put }) => put("x".repeat(20_001)),
    `the web identity token of profile "web" is longer than the 20000 characters that AWS takes: ~/token ${place}`,
  ],
  [
    "is several lines",
    ({ put, fake }) => put(`${clusterToken(fake.now())}\n${clusterToken(fake.now())}`),
    `the web identity token of profile "web" is none, there is more than one word in its file: ~/token ${place}`,
  ],
  [
    "has expired",
    ({ put, fake }) => put(clusterToken(fake.now(), { seconds: -60 })),
    /^aws-as: error: the web identity token of profile "web" has expired at \d{4}-\S+:\d\dZ: ~\/token \(~\/\.aws\/config:4\)$/,
    "get a new token from where it comes; it is read at each call",
  ],
  [
    "is none",
    ({ put }) => put("canary-of-a-password"),
    `AWS does not take the web identity token of profile "web", ~/token ${place}: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)`,
  ],
  [
    "is for another audience",
    ({ put, fake }) => put(clusterToken(fake.now(), { aud: "vault" })),
    `AWS does not take the web identity token of profile "web", ~/token ${place}: Incorrect token audience`,
  ],
  [
    "is of another cluster",
    ({ put, fake }) => put(clusterToken(fake.now(), { iss: "https://example.org" })),
    `AWS does not take the web identity token of profile "web", ~/token ${place}: No OpenIDConnect provider found in your account for https://example.org`,
  ],
  [
    "is forged",
    ({ put, fake }: Scene) => {
      const now = Math.floor(fake.now() / 1000);
      const claims = { iss: `https://${cluster.issuer}`, aud: "sts.amazonaws.com", sub: outside.subject };
      put(mintToken({ ...cluster, secret: "guessed" }, { ...claims, iat: now, exp: now + 3600 }));
    },
    `AWS does not take the web identity token of profile "web", ~/token ${place}: The ID Token's signature could not be verified`,
  ],
  [
    "is of another service",
    ({ put, fake }) => put(clusterToken(fake.now(), { sub: "system:serviceaccount:shop:till" })),
    `AWS does not let the web identity token of profile "web" act as ${outside.webRole}: Not authorized to perform sts:AssumeRoleWithWebIdentity`,
    "the role's trust policy names the provider, the audience and the subject that it takes",
  ],
] satisfies [string, (there: Scene) => unknown, string | RegExp, string?][]) {
  test(`a token that ${what} is told in the first line, and never shown`, async (t) => {
    const there = await scene(t);
    prepare(there);
    const run = await there.home.run(["process", "web"]);
    const [first, ...hints] = refused(run);
    if (typeof expected === "string") assert.equal(first, `aws-as: error: ${expected}`);
    else assert.match(first ?? "", expected);
    assert.deepEqual(hints, hint === undefined ? [] : [`aws-as: hint: ${hint}`]);
    for (const secret of ["canary", "eyJ", "xxxxx"]) assert.ok(!run.stderr.includes(secret), run.stderr);
  });
}

test("a token that may not be read says so", async (t) => {
  if (process.getuid?.() === 0) return t.skip("root may read everything");
  const { home, file } = await scene(t);
  chmodSync(file, 0);
  assert.match(refused(await home.run(["process", "web"]))[0] ?? "", /cannot be read, permission denied/);
});

test("a relative path counts from the folder of the call", async (t) => {
  const { fake, home } = await scene(t, config("", "token"));
  const away = await home.run(["process", "web"], { cwd: "/" });
  assert.deepEqual(refused(away), [
    'aws-as: error: the web identity token of profile "web" cannot be read, it does not exist: token (/token) (~/.aws/config:4)',
    "aws-as: hint: a relative path counts from the folder that the call is made in; write a full one",
  ]);
  served(await home.run(["process", "web"], { cwd: home.path }));
  assert.equal(fake.requests.all.length, 1);
});

test("a wish that no role grants is refused before AWS is asked", async (t) => {
  const { fake, home } = await scene(t, config("duration_seconds = 60"));
  assert.match(
    refused(await home.run(["process", "web"]))[0] ?? "",
    /~\/\.aws\/config:5: profile "web": duration_seconds "60" is not a whole number from 900 to 43200$/,
  );
  assert.equal(fake.requests.all.length, 0);
});

test("trouble on the way to STS is tried again, and told", async (t) => {
  const { fake, home } = await scene(t);
  fake.faults.add({ kind: "unavailable", times: 2 });
  served(await home.run(["process", "web"]));
  assert.equal(fake.requests.all.length, 3);
  await home.run(["logout", "--all"]);
  fake.faults.add({ kind: "reset", times: 9 });
  assert.match(
    refused(await home.run(["process", "web"]))[0] ?? "",
    /the connection to 127\.0\.0\.1:\d+ broke off/,
  );
});

test("the token is on no disk but its own file, and in no output", async (t) => {
  const { fake, home, file } = await scene(t);
  const runs = [
    await home.run(["process", "web"]),
    await home.run(["login", "on-top"], { env: { AWS_AS_DEBUG: "1" } }),
    await home.run(["status"]),
  ];
  fake.faults.add({ kind: "internal-error", times: 9 });
  runs.push(await home.run(["login", "web", "--renew"], { env: { AWS_AS_DEBUG: "1" } }));
  assert.deepEqual(
    runs.map(({ status }) => status),
    [0, 0, 0, 1],
  );
  assertHidden(home, fake.secrets(), runs, [file]);
});
