import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { serveProxy } from "../aws/proxy-server.ts";
import { withoutOpenssl } from "../support/aws/certificate.ts";
import { one } from "../support/aws/world-of-one.ts";
import { awsClis, commandsIn } from "../support/aws-clis.ts";
import { ended } from "../support/home.ts";
import { startShell, withoutPty } from "../support/pty.ts";
import { assertNoSecrets, documentIn, put, ssoScene } from "../support/sso-scene.ts";

const hosts = ["oidc", "portal.sso", "sts"].map((service) => `${service}.eu-west-1.amazonaws.com`);
const past = "2020-01-01T00:00:00Z";

/** The aws-cli that signs people in. */
const cli = awsClis().find(({ version }) => /^aws-cli\/(2\.(9|[1-9]\d)|[3-9])/.test(version));
if (cli === undefined && process.env["AWS_AS_TEST_ALL"] === "1") throw new Error("no aws-cli 2.9 or later");
const skip = withoutPty() || withoutOpenssl || (cli === undefined && "NOT TESTED: no aws-cli 2.9 or later");

test("the real aws-cli signs in for us, and each uses what the other keeps", { skip }, async (t) => {
  const scene = await ssoScene(t, { hosts });
  const { fake, home, files } = scene;
  const proxy = await serveProxy(t, { port: Number(new URL(fake.url).port) });
  // A default profile that leads to us: the guard must not harm a sign-in.
  home.writeConfig(
    `${home.config()}\n[default]\ncredential_process = ${join(home.path, "bin/aws-as")} process admin\n`,
  );
  const env = {
    ...commandsIn(home, cli && { ...cli, knowsEndpointUrl: true }),
    HTTPS_PROXY: `http://${proxy.host}`,
    AWS_CA_BUNDLE: fake.caFile ?? "",
    BROWSER: "true",
  };
  const shell = await startShell("bash", { env, cwd: home.path });
  t.after(() => shell.close());
  const documentOf = async (name: string) => {
    const said = await shell.run(`aws-as process ${name} > document`, 60_000);
    assertNoSecrets(fake, said);
    return { said, ...JSON.parse(readFileSync(join(home.path, "document"), "utf8")) };
  };

  // Nobody has signed in: aws-cli does it, by the code of a device.
  const { said, AccountId } = await documentOf("on-top");
  assert.match(said, /^aws-as: the SSO session "corp" was not signed in to yet; signing in: aws sso login/);
  assert.match(said, /Attempting to automatically open the SSO authorization page/);
  assert.match(said, /Successfully logged into Start URL: https:\/\/corp\.awsapps\.com\/start\n$/);
  assert.equal(AccountId, one.account);
  assert.equal(fake.requests.count("StartDeviceAuthorization"), 1);

  // Its token is at its end: we renew it, and say nothing.
  const written = documentIn(files.session);
  put(files.session, { ...written, expiresAt: past });
  assert.equal((await documentOf("readonly")).said, "");
  const renewed = documentIn(files.session);
  assert.deepEqual(Object.keys(renewed), Object.keys(written));
  assert.notEqual(renewed["accessToken"], written["accessToken"]);
  const renewals = () =>
    fake.requests.of("CreateToken").filter(({ parameters }) => parameters["grantType"] === "refresh_token");
  assert.equal(renewals().length, 1);

  // aws-cli takes what we wrote, and asks for no other.
  const aws = (profile: string) =>
    ended(
      spawn("aws", ["sts", "get-caller-identity", "--profile", profile, "--region", "eu-west-1"], {
        env,
        cwd: "/",
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  const caller = await aws("audit");
  assert.equal(caller.status, 0, caller.stderr);
  assert.match(caller.stdout, /AWSReservedSSO_Audit_/);
  assert.equal(renewals().length, 1);

  // And renews it by what we wrote; we take that. (For another role: it keeps the credentials of roles.)
  put(files.session, { ...documentIn(files.session), expiresAt: past });
  const again = await aws("deploy");
  assert.equal(again.status, 0, again.stderr);
  assert.equal(renewals().length, 2);
  assert.equal((await documentOf("billing")).said, "");
  assert.equal(renewals().length, 2);
  assert.equal(fake.requests.count("StartDeviceAuthorization"), 1);

  // The legacy form: signed in to by the profile.
  assert.match((await documentOf("legacy")).said, /signing in: aws sso login --profile legacy\n/);
  assert.equal(documentIn(files.legacy)["refreshToken"], undefined);
});

test("Ctrl-C cancels the real aws-cli too", { skip }, async (t) => {
  const { fake, home } = await ssoScene(t, { hosts });
  fake.signIn.approval = "by hand";
  const proxy = await serveProxy(t, { port: Number(new URL(fake.url).port) });
  const env = {
    ...commandsIn(home, cli && { ...cli, knowsEndpointUrl: true }),
    HTTPS_PROXY: `http://${proxy.host}`,
    AWS_CA_BUNDLE: fake.caFile ?? "",
    BROWSER: "true",
  };
  const shell = await startShell("bash", { env, cwd: home.path });
  t.after(() => shell.close());
  shell.type("aws-as process admin\r");
  await shell.waitFor(/Then enter the code:\n\n\w{4}-\w{4}\n/, 60_000);
  shell.press("ctrl-c");
  await shell.waitFor('aws-as: error: the sign-in for "admin" was cancelled');
  await shell.waitForPrompt();
  assert.equal(await shell.run("echo $?"), "130\n");
});
