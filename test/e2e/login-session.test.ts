import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ended, started } from "../support/home.ts";
import { startShell, withoutPty } from "../support/pty.ts";
import { withoutStore } from "../support/scene.ts";
import { assertNoSecrets, documentIn, put, refused, served, ssoScene } from "../support/sso-scene.ts";

const hint = "aws-as: hint: sign in: aws login --profile console";

test("what `aws login` left is served without a request", async (t) => {
  const { fake, home, files, logIn } = await ssoScene(t);
  logIn();
  const document = served(await home.run(["process", "console"]));
  const { accessKeyId, expiresAt } = documentIn(files.login)["accessToken"] as Record<string, string>;
  assert.equal(document["AccessKeyId"], accessKeyId);
  assert.equal(document["Expiration"], expiresAt);
  assert.deepEqual(served(await home.run(["process", "console"])), document);
  assert.equal(fake.requests.all.length, 0);
});

test("credentials-17: after `aws logout` nothing is served, nor a role on top, nor shown as live", async (t) => {
  const { fake, home, files, logIn } = await ssoScene(t);
  logIn();
  for (const name of ["console", "on-console"]) served(await home.run(["process", name]));
  rmSync(files.login);
  for (const name of ["console", "on-console"]) {
    for (const verb of ["process", "env"]) {
      const { status, stdout, stderr } = await home.run([verb, name]);
      assert.equal(status, 1);
      assert.doesNotMatch(stdout, /ASIA/);
      assert.match(stderr, /the login session of profile "console" was not signed in to yet/);
    }
  }
  assert.doesNotMatch((await home.run(["status"])).stdout, /sessions in the store/);
  const listed = JSON.parse((await home.run(["list", "--json"])).stdout).identities;
  for (const each of listed) assert.equal(each.session ?? null, null, each.name);
  // A new sign-in is a new session: what the one before got is not served.
  logIn();
  fake.requests.clear();
  served(await home.run(["process", "on-console"]));
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 1 });
});

test("a role on top of `aws login` is assumed", async (t) => {
  const { fake, home, logIn } = await ssoScene(t);
  logIn();
  served(await home.run(["process", "on-console"]));
  served(await home.run(["process", "on-console"]));
  assert.deepEqual(fake.requests.counts(), { AssumeRole: 1 });
});

test("credentials at their end are renewed with a proof of the key, and aws-cli's file holds the new ones", async (t) => {
  const { fake, home, files, logIn } = await ssoScene(t);
  logIn(-10);
  const before = documentIn(files.login);
  const document = served(await home.run(["process", "console"]));
  assert.deepEqual(fake.requests.counts(), { CreateOAuth2Token: 1 });
  assert.equal(document["AccessKeyId"], fake.requests.last()?.issuedKeyId);
  const after = documentIn(files.login);
  assert.deepEqual(Object.keys(after), Object.keys(before));
  assert.notEqual(after["refreshToken"], before["refreshToken"]);
  assert.equal(after["dpopKey"], before["dpopKey"]);
  const { accountId, expiresAt } = after["accessToken"] as Record<string, string>;
  assert.equal(accountId, "111111111111");
  assert.equal(expiresAt, document["Expiration"]);
  assert.equal(statSync(files.login).mode & 0o777, 0o600);
});

test("AWS_LOGIN_CACHE_DIRECTORY is where the files are", async (t) => {
  const { home, files, logIn } = await ssoScene(t);
  logIn();
  const elsewhere = join(home.path, "elsewhere");
  put(join(elsewhere, files.login.split("/").at(-1) ?? ""), documentIn(files.login));
  rmSync(files.login);
  served(await home.run(["process", "console"], { env: { AWS_LOGIN_CACHE_DIRECTORY: elsewhere } }));
});

const store = "keychain";
test("ten processes renew once: the refresh token is good for one use", {
  skip: withoutStore(store),
}, async (t) => {
  const { fake, home, logIn } = await ssoScene(t, { store });
  logIn(-10);
  const names = ["console", "on-console"];
  const runs = await Promise.all(
    Array.from({ length: 10 }, (_, index) => home.run(["process", names[index % 2] ?? ""])),
  );
  for (const run of runs) served(run);
  assert.equal(fake.requests.count("CreateOAuth2Token"), 1);
});

test("without a person, a session that is over says so on the first line, and how to sign in", async (t) => {
  const { fake, home, logIn } = await ssoScene(t);
  logIn(-10);
  fake.signIn.loginRefusal = "TOKEN_EXPIRED";
  for (const name of ["console", "on-console"]) {
    const [first, ...rest] = refused(await home.run(["process", name]));
    assert.match(
      String(first),
      new RegExp(
        `^aws-as: error: "${name}" needs a sign-in: the login session of profile "console" expired at \\S+Z, and there is no terminal to do it on$`,
      ),
    );
    assert.deepEqual(rest, [hint]);
  }
});

test("a refusal that no sign-in mends is told as it is, and no secret with it", async (t) => {
  const { fake, home, logIn } = await ssoScene(t);
  logIn(-10);
  fake.signIn.loginRefusal = "SOMETHING_NEW";
  const run = await home.run(["process", "console"], { env: { AWS_AS_DEBUG: "1" } });
  const [first, ...rest] = refused(run);
  assert.ok(rest.includes("aws-as: hint: sign in again: aws login --profile console"), run.stderr);
  assert.match(
    String(first),
    /cannot renew the login session of profile "console": AWS does not take this signin:CreateOAuth2Token/,
  );
  assertNoSecrets(fake, run.stderr);
});

test("credentials-17: a person who may not sign in for local development is told the policy that allows it", async (t) => {
  const { fake, home, logIn } = await ssoScene(t);
  logIn(-10);
  fake.signIn.loginRefusal = "INSUFFICIENT_PERMISSIONS";
  const [first, ...rest] = refused(await home.run(["process", "console"]));
  assert.match(String(first), /AWS does not let this person sign in for local development$/);
  assert.deepEqual(rest, [
    "aws-as: hint: have an administrator attach the managed policy SignInLocalDevelopmentAccess, which allows signin:CreateOAuth2Token",
  ]);
});

test("credentials-17: a changed password is told as that", async (t) => {
  const { fake, home, logIn } = await ssoScene(t);
  logIn(-10);
  fake.signIn.loginRefusal = "USER_CREDENTIALS_CHANGED";
  const [first, ...rest] = refused(await home.run(["process", "console"]));
  assert.match(
    String(first),
    /: the login session of profile "console" was ended by AWS, since the password was changed, and there is no/,
  );
  assert.deepEqual(rest, [hint]);
});

test("a sign-in service that cannot be reached is named", async (t) => {
  const { fake, home, logIn } = await ssoScene(t);
  logIn(-10);
  fake.faults.add({ kind: "reset", action: "CreateOAuth2Token", times: Number.POSITIVE_INFINITY });
  const [first] = refused(await home.run(["process", "console"]));
  assert.match(
    String(first),
    /cannot renew the login session of profile "console": the connection to \S+ broke off/,
  );
  // A refresh token is good for one use, and that one may have been used.
  assert.equal(fake.requests.all.length, 1);
});

test("the JavaScript SDK and we use what the other keeps of `aws login`, and of SSO", async (t) => {
  const { fake, home, files, logIn, signIn } = await ssoScene(t);
  const sdk = async (profile: string) => {
    const child = join(import.meta.dirname, "../support/clients/who-is-child.js");
    const env = {
      ...home.env,
      AWS_PROFILE: profile,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    };
    return (await ended(spawn(process.execPath, [child, "default"], { env, cwd: "/" }))).stdout;
  };
  const expire = (path: string) => {
    const document = documentIn(path);
    const accessToken = document["accessToken"];
    const over = { expiresAt: "2020-01-01T00:00:00Z" };
    put(path, {
      ...document,
      ...(typeof accessToken === "object" ? { accessToken: { ...accessToken, ...over } } : over),
    });
  };
  logIn();
  signIn();
  for (const [file, mine, theirs, action] of [
    [files.login, "console", "console", "CreateOAuth2Token"],
    [files.session, "admin", "readonly", "CreateToken"],
  ] as const) {
    expire(file);
    assert.match(await sdk(theirs), /^arn:aws:/);
    assert.equal(fake.requests.count(action), 1);
    const before = documentIn(file);
    served(await home.run(["process", mine]));
    assert.deepEqual(documentIn(file), before);
    expire(file);
    assert.equal((await home.run(["login", mine, "--renew"])).status, 0);
    assert.equal(fake.requests.count(action), 2);
    const after = documentIn(file);
    assert.match(await sdk(theirs), /^arn:aws:/);
    assert.deepEqual(documentIn(file), after);
    assert.equal(fake.requests.count(action, "ok"), 2);
  }
});

test("a key that is none is no reason to show it", async (t) => {
  const { fake, home, files, logIn } = await ssoScene(t);
  logIn(-10);
  put(files.login, { ...documentIn(files.login), dpopKey: "canary-key" });
  const run = await home.run(["process", "console"], { env: { AWS_AS_DEBUG: "1" } });
  refused(run);
  assert.ok(!run.stderr.includes("canary-key"), run.stderr);
  assertNoSecrets(fake, run.stderr);
});

test("a person signs in by an aws-cli that can", { skip: withoutPty() }, async (t) => {
  const { fake, home, files, logIn, awsStub } = await ssoScene(t);
  logIn(-10);
  fake.signIn.loginRefusal = "TOKEN_EXPIRED";
  const ready = join(home.path, "ready.json");
  const old = documentIn(files.login);
  logIn();
  writeFileSync(ready, readFileSync(files.login));
  put(files.login, old);
  const env = awsStub("2.32.1", `echo "$*" > ${home.path}/words; cp ${ready} ${files.login}\n`);
  const shell = await startShell("bash", { env: { ...home.env, ...env }, cwd: home.path });
  t.after(() => shell.close());
  const said = await shell.run(`${started().join(" ")} process console > document`);
  assert.match(
    said,
    /^aws-as: the login session of profile "console" expired at \S+Z; signing in: aws login --profile console\n$/,
  );
  const document = JSON.parse(readFileSync(join(home.path, "document"), "utf8"));
  assert.equal(
    document.AccessKeyId,
    (documentIn(ready)["accessToken"] as Record<string, string>)["accessKeyId"],
  );
  assert.equal(readFileSync(join(home.path, "words"), "utf8"), "login --profile console\n");
});

test("an aws-cli that is too old for `aws login` is named", { skip: withoutPty() }, async (t) => {
  const { home, awsStub } = await ssoScene(t);
  const shell = await startShell("bash", {
    env: { ...home.env, ...awsStub("2.9.19", "exit 1\n") },
    cwd: home.path,
  });
  t.after(() => shell.close());
  assert.match(
    await shell.run(`${started().join(" ")} process console`),
    /takes aws-cli 2\.32 or later, and aws-cli [\d.]+( and [\d.]+)* is too old on the PATH/,
  );
});
