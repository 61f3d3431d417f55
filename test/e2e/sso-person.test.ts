import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { ssoRoles } from "../support/aws/world-of-sso.ts";
import { startCrowd } from "../support/crowd.ts";
import { started } from "../support/home.ts";
import { eventually, isAlive, startShell, withoutPty } from "../support/pty.ts";
import { withoutStore } from "../support/scene.ts";
import { assertNoSecrets, documentIn, put, type SsoScene, ssoScene } from "../support/sso-scene.ts";

const skip = withoutPty();
/** For many at once: the key of the file store takes each of them half a second of a processor. */
const store = "keychain";
const command = started().join(" ");

/** A shell on a terminal, with an `aws` whose login does this. */
async function terminal(t: TestContext, scene: SsoScene, script: string, more: Record<string, string> = {}) {
  const env = { ...scene.home.env, ...scene.awsStub("2.9.19", script), ...more };
  const shell = await startShell("bash", { env, cwd: scene.home.path });
  t.after(() => shell.close());
  return { shell, env };
}

/** A script that signs in, and counts how often it was called; `before` runs first. */
function signsIn({ fake, home, files }: SsoScene, before = ""): string {
  const ready = join(home.path, "ready.json");
  put(ready, fake.signIn.signIn());
  return `echo "$*" >> ${home.path}/logins\nenv > ${home.path}/env\n${before}\necho signed in\nmkdir -p ${home.path}/.aws/sso/cache; cp ${ready} ${files.session}\n`;
}

const logins = ({ home }: SsoScene) =>
  existsSync(join(home.path, "logins")) ? readFileSync(join(home.path, "logins"), "utf8") : "";

test("a person is led to the sign-in, on the terminal and not on standard output", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const before = scene.signIn({ seconds: -60, refreshable: false });
  const { shell } = await terminal(t, scene, signsIn(scene), {
    AWS_PROFILE: "readonly",
    AWS_ACCESS_KEY_ID: "AKIACANARY",
    AWS_SECRET_ACCESS_KEY: "canary-of-the-caller",
    BROWSER: "my-browser",
  });
  const said = await shell.run(`${command} process on-top > document`);
  assert.equal(
    said,
    `aws-as: the SSO session "corp" expired at ${before["expiresAt"]}; signing in: aws sso login --sso-session corp\nsigned in\n`,
  );
  assert.equal(JSON.parse(readFileSync(join(scene.home.path, "document"), "utf8")).Version, 1);
  assert.equal(logins(scene), "sso login --sso-session corp\n");
  const env = readFileSync(join(scene.home.path, "env"), "utf8");
  assert.match(env, /^BROWSER=my-browser$/m);
  assert.match(env, /^AWS_AS_GUARD=1$/m);
  assert.doesNotMatch(env, /^AWS_PROFILE=|AKIACANARY|canary-of-the-caller|correct horse/m);
  assertNoSecrets(scene.fake, said, env);
  assert.equal(await shell.run(`${command} process on-top | wc -l`), "1\n");
  assert.equal(logins(scene), "sso login --sso-session corp\n");
});

test("the sign-in can read what a person types", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const { shell } = await terminal(
    t,
    scene,
    signsIn(scene, 'printf "region: "; read answer; echo "it is $answer"'),
  );
  shell.type(`${command} process admin > document\r`);
  await shell.waitFor("region: ");
  shell.type("eu-west-1\r");
  await shell.waitFor("it is eu-west-1\nsigned in\n");
  await shell.waitForPrompt();
});

test("Ctrl-C cancels: status 130, nothing left running, the terminal as it was", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const pidFile = join(scene.home.path, "pid");
  const { shell } = await terminal(t, scene, `echo $$ > ${pidFile}; echo waiting for you; sleep 1000\n`);
  const modes = await shell.run("stty -g");
  shell.type(`${command} process admin > document\r`);
  await shell.waitFor("waiting for you");
  shell.press("ctrl-c");
  await shell.waitFor('aws-as: error: the sign-in for "admin" was cancelled');
  await shell.waitForPrompt();
  assert.equal(await shell.run("echo $?"), "130\n");
  assert.equal(await shell.run("stty -g"), modes);
  assert.equal(await shell.run("cat document"), "");
  const pid = Number(readFileSync(pidFile, "utf8"));
  await eventually(() => !isAlive(pid), "the end of aws");
  // The client that tries again at once does not open a page again.
  assert.match(await shell.run(`${command} process readonly`), /was cancelled \(a moment ago\)\n/);
  // A person who does, is asked again.
  shell.type(`${command} login admin\r`);
  await shell.waitFor("waiting for you");
  shell.press("ctrl-c");
  await shell.waitForPrompt();
});

test("Ctrl-C cancels before there is a page, too", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const { shell, env } = await terminal(t, scene, "exit 0\n");
  const sign = join(scene.home.path, "asked");
  const stub = join(env["PATH"]?.split(":")[0] ?? "", "aws");
  writeFileSync(stub, `#!/bin/sh\necho x > ${sign}\nsleep 1000\n`, { mode: 0o755 });
  shell.type(`${command} process admin\r`);
  await eventually(() => existsSync(sign), "the question for the version");
  shell.press("ctrl-c");
  await shell.waitFor('aws-as: error: the sign-in for "admin" was cancelled');
  await shell.waitForPrompt();
  assert.equal(await shell.run("echo $?"), "130\n");
});

test("a sign-in that fails says so, with the command to try by hand", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const { shell } = await terminal(t, scene, "echo no such thing >&2; exit 255\n");
  assert.equal(
    await shell.run(`${command} process admin`),
    [
      'aws-as: the SSO session "corp" was not signed in to yet; signing in: aws sso login --sso-session corp',
      "no such thing",
      'aws-as: error: `aws sso login --sso-session corp`, for "admin", failed with exit status 255',
      "aws-as: hint: sign in: aws sso login --sso-session corp\n",
    ].join("\n"),
  );
});

test("a sign-in that leaves no session is not believed", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const { shell } = await terminal(t, scene, "exit 0\n");
  assert.match(
    await shell.run(`${command} process admin`),
    /error: `aws sso login --sso-session corp` ended well, and the SSO session "corp" is still not usable\n/,
  );
});

test("a background job, AWS_AS_PROMPT=none and a PATH without aws open no page", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const { shell } = await terminal(t, scene, signsIn(scene));
  await shell.run("set -m");
  shell.type(`${command} process admin & wait $!\r`);
  await shell.waitFor(", and this is a background job");
  await shell.waitForPrompt();
  assert.match(
    await shell.run(`AWS_AS_PROMPT=none ${command} process admin`),
    /, and AWS_AS_PROMPT is "none"\naws-as: hint: sign in: aws sso login --sso-session corp\n/,
  );
  assert.match(
    await shell.run(`PATH=/nonexistent ${command} process admin`),
    /takes aws-cli 2\.9 or later, and there is no aws-cli on the PATH\n/,
  );
  assert.equal(logins(scene), "");
});

test("aws-cli version 1 before version 2 on the PATH is passed over", { skip }, async (t) => {
  const scene = await ssoScene(t);
  const { shell, env } = await terminal(t, scene, signsIn(scene));
  const one = scene.awsStub("1.45.11", "exit 252\n")["PATH"]?.split(":")[0];
  await shell.run(`${command} process admin > document`);
  assert.notEqual(logins(scene), "");
  writeFileSync(join(scene.home.path, "logins"), "");
  writeFileSync(scene.files.session, "{}");
  assert.match(
    await shell.run(`PATH=${one}:${env["PATH"]} ${command} process readonly > document; echo $?`),
    /\n0\n$/,
  );
  assert.equal(logins(scene), "sso login --sso-session corp\n");
});

test("a token is renewed before a person is asked, and a person is asked when that fails", {
  skip,
}, async (t) => {
  const scene = await ssoScene(t);
  const { shell } = await terminal(t, scene, signsIn(scene));
  scene.signIn({ seconds: -60 });
  assert.equal(await shell.run(`${command} process admin > document`), "");
  assert.equal(logins(scene), "");
  scene.signIn({ seconds: -60 });
  scene.fake.signIn.signOut();
  put(join(scene.home.path, "ready.json"), scene.fake.signIn.signIn());
  assert.match(await shell.run(`${command} process readonly > document`), /signing in/);
  assert.equal(logins(scene), "sso login --sso-session corp\n");
});

test("twenty processes of five roles of one session: one sign-in, one request a role", {
  skip: skip || withoutStore(store),
}, async (t) => {
  const scene = await ssoScene(t, { store });
  scene.signIn({ seconds: -60, refreshable: false });
  const go = join(scene.home.path, "go");
  const env = scene.awsStub(
    "2.9.19",
    signsIn(scene, `echo the page is open; while [ ! -e ${go} ]; do sleep 0.05; done`),
  );
  const crowd = startCrowd(
    scene.home,
    4,
    env,
    ssoRoles.map((role) => role.toLowerCase()),
  );
  t.after(() => crowd.terminal.close());
  await crowd.terminal.waitFor("the page is open", 60_000);
  await eventually(() => crowd.atTheLock().length === 20, `20 at the lock\n${crowd.elsewhere()}`, 60_000);
  writeFileSync(go, "");
  for (const { status, stderr, stdout, role } of await crowd.end(120_000)) {
    assert.deepEqual([status, stderr], [0, ""], role);
    assert.equal(JSON.parse(stdout).Version, 1);
  }
  assert.equal(logins(scene), "sso login --sso-session corp\n");
  assert.deepEqual(scene.fake.requests.counts(), { GetRoleCredentials: 5 });
  assertNoSecrets(scene.fake, crowd.terminal.output());
});

test("a sign-in that failed is not begun again for each of the clients that waited for it", {
  skip,
}, async (t) => {
  const scene = await ssoScene(t);
  const env = scene.awsStub("2.9.19", `echo x >> ${scene.home.path}/logins; exit 1\n`);
  const crowd = startCrowd(scene.home, 2, env, ["admin", "readonly", "audit"]);
  t.after(() => crowd.terminal.close());
  const members = await crowd.end(120_000);
  assert.ok(members.every(({ status }) => status === 1));
  assert.equal(logins(scene), "x\n");
  assert.deepEqual(documentIn(scene.files.session), {});
});
