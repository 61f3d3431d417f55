import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import {
  type PasswordStoreOptions,
  type PasswordStoreRoom,
  passwordStore,
  withoutPass,
} from "../support/password-store.ts";
import { eventually, isAlive, withoutPty } from "../support/pty.ts";

const skip = withoutPass();
const onTerminal = skip || withoutPty();
const passphrase = "correct horse";

/** A desk whose store is pass. */
async function withPass(
  t: TestContext,
  options: PasswordStoreOptions = {},
): Promise<{ room: PasswordStoreRoom; desk: Desk }> {
  const room = passwordStore(options);
  t.after(() => room.remove());
  const { PATH, HOME, ...environment } = room.environment;
  const env = { ...environment, AWS_AS_STORE: "pass", AWS_AS_PASSPHRASE: undefined };
  return { room, desk: await makeDesk(t, { env }) };
}

async function login({ alone, fake }: Desk, name = "my-role1"): Promise<void> {
  const run = await alone("aws-as", ["login", name, "--code", fake.code(one.mfaSerial)]);
  assert.deepEqual([run.status, /error|warning/.test(run.stderr)], [0, false], run.stderr);
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

test("login, a hit, a second role, status and logout work with pass, and leave nothing readable", {
  skip,
}, async (t) => {
  const { room, desk } = await withPass(t, { git: true });
  const { alone, fake } = desk;
  const history = room.git("log", "--format=%H");
  await login(desk);
  for (const role of ["my-role1", "my-role2", "my-role1"]) {
    const run = await alone("aws-as", ["process", role]);
    assert.deepEqual([run.status, run.stderr], [0, ""]);
    assert.equal(JSON.parse(run.stdout).Version, 1);
  }
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
  const listed = room.pass("ls", "aws-as/sessions");
  assert.match(listed, /role my-role1 in 111111111111 /);
  assert.match(listed, /session of key 0001 /);
  const status = await alone("aws-as", ["status"], { AWS_AS_IDENTITY: "my-role1" });
  assert.deepEqual([status.status, /error/.test(status.stderr)], [0, false], status.stderr);

  assert.deepEqual(readdirSync(join(desk.home.path, ".aws", "aws-as")).sort(), [
    "locks",
    "notes",
    "pass-index",
  ]);
  const own = [desk.home.configFile, desk.home.credentialsFile];
  // A code of six digits may stand in any number.
  const canaries = fake.secrets().filter((secret) => secret.length > 6);
  assert.ok(canaries.length >= 8);
  const readable = [...filesBelow(desk.home.path), ...filesBelow(room.path)]
    .filter((path) => !own.includes(path))
    .filter((path) => {
      const text = readFileSync(path, "latin1");
      return canaries.some((secret) => text.includes(secret) || text.includes(btoa(secret)));
    });
  assert.deepEqual(readable, []);

  const one_ = await alone("aws-as", ["logout", "my-role1"]);
  assert.match(one_.stderr, /forgot the session of role my-role1/);
  const all = await alone("aws-as", ["logout", "--all"]);
  assert.match(all.stderr, /forgot the session of role my-role2/);
  assert.deepEqual(room.pass("ls", "aws-as/sessions").trim(), "aws-as/sessions");
  assert.equal(room.git("log", "--format=%H"), history);
  const again = await alone("aws-as", ["process", "my-role1"]);
  assert.match(again.stderr, /needs an MFA code/);
});

test("a long-term key moves into pass, serves from there, and outlives logout", { skip }, async (t) => {
  const { room, desk } = await withPass(t, { git: true });
  const imported = await desk.alone("aws-as", ["keys", "import", "my-user1", "--force"]);
  assert.equal(imported.status, 0, imported.stderr);
  assert.doesNotMatch(
    readFileSync(desk.home.credentialsFile, "utf8"),
    new RegExp(one.secretAccessKey.slice(0, 8)),
  );
  assert.match(
    room.git("log", "--format=%s"),
    /^Add aws-as\/long-term key AKIAFAKEUSER1KEY0001 [0-9a-f]{16} by aws-as\.$/m,
  );
  await login(desk);
  const out = await desk.alone("aws-as", ["logout", "--all"]);
  assert.equal(out.status, 0, out.stderr);
  const listed = await desk.alone("aws-as", ["keys", "list"]);
  assert.match(listed.stdout + listed.stderr, /0001/);
  await login(desk);
});

test("a key with a passphrase is asked for once; then the agent answers", { skip }, async (t) => {
  const { room, desk } = await withPass(t, { passphrase });
  await login(desk);
  assert.equal(room.questions(), 0, "nothing had to be opened");
  for (let call = 1; call <= 3; call += 1) {
    const run = await desk.alone("aws-as", ["process", "my-role1"]);
    assert.deepEqual([run.status, run.stderr], [0, ""]);
    assert.equal(room.questions(), 1);
  }
});

test("where nobody can be asked, a caller hears at once what to do", { skip }, async (t) => {
  const { room, desk } = await withPass(t, { passphrase });
  await login(desk);
  const pinentry = "/usr/bin/pinentry-curses";
  if (!existsSync(pinentry)) return t.skip("NOT TESTED: no pinentry-curses");
  room.restartAgent(pinentry);
  const began = Date.now();
  const run = await desk.alone("aws-as", ["process", "my-role1"]);
  assert.ok(Date.now() - began < 5000);
  assert.deepEqual([run.status, run.stdout], [1, ""]);
  assert.match(
    run.stderr,
    /^aws-as: error: gpg could not ask for the passphrase of your key: its pinentry has neither terminal nor display\naws-as: hint: pass show 'aws-as\/sessions\/role my-role1 in .*' > \/dev\/null/,
  );
  assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
});

test("a caller that no pinentry answers is told in the time that clients give", { skip }, async (t) => {
  const { room, desk } = await withPass(t, { passphrase });
  await login(desk);
  room.answer("hang");
  const began = Date.now();
  const run = await desk.alone("aws-as", ["process", "my-role1"]);
  const seconds = (Date.now() - began) / 1000;
  assert.ok(seconds > 40 && seconds < 50, `${seconds}`);
  assert.deepEqual([run.status, run.stdout], [1, ""]);
  assert.match(
    run.stderr,
    /^aws-as: error: nobody answered the question for the passphrase of your gpg key within 45 s\n/,
  );
  await eventually(() => room.pinentries().every((pid) => !isAlive(pid)), "the end of the question");
});

for (const flavor of ["curses", "tty"]) {
  test(`pinentry-${flavor} asks on our terminal without GPG_TTY; Ctrl-C ends it and gives the terminal back`, {
    skip: onTerminal,
  }, async (t) => {
    const pinentry = `/usr/bin/pinentry-${flavor}`;
    if (!existsSync(pinentry)) return t.skip(`NOT TESTED: no ${pinentry}`);
    const { room, desk } = await withPass(t, { passphrase });
    await login(desk);
    room.restartAgent(pinentry);
    const shell = await desk.terminal("bash");
    const before = await shell.run("stty -a");

    shell.type("aws-as process my-role1\r");
    await shell.waitFor("Passphrase:");
    shell.press("ctrl-c");
    await shell.waitFor("aws-as: error: ");
    await shell.waitForPrompt();
    assert.match(await shell.run("echo status $?"), /^status 130\s*$/);
    assert.equal(await shell.run("stty -a"), before);

    shell.type("aws-as process my-role1\r");
    await shell.waitFor("Passphrase:");
    shell.type(`${passphrase}\r`);
    await shell.waitFor('{"Version":1,');
    await shell.waitForPrompt();
    assert.equal(await shell.run("stty -a"), before);
    assert.match(await shell.run("aws-as process my-role1"), /^\{"Version":1,/);
    assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
  });
}

test("a background job is neither stopped nor does it ask on the terminal", {
  skip: onTerminal,
}, async (t) => {
  const pinentry = "/usr/bin/pinentry-curses";
  if (!existsSync(pinentry)) return t.skip(`NOT TESTED: no ${pinentry}`);
  const { room, desk } = await withPass(t, { passphrase });
  await login(desk);
  room.restartAgent(pinentry);
  const shell = await desk.terminal("bash");
  shell.type("aws-as process my-role1 &\r");
  await shell.waitFor("aws-as: error: gpg could not ask for the passphrase of your key");
  const jobs = await shell.run("wait; jobs -l");
  assert.doesNotMatch(jobs, /[Ss]topped/);
  assert.doesNotMatch(shell.output(), /Passphrase:/);
});

test("ten processes at once with a key that is unlocked ask nobody, and all are served", {
  skip,
}, async (t) => {
  const { room, desk } = await withPass(t);
  await login(desk);
  const runs = await Promise.all(
    Array.from({ length: 10 }, (_, number) =>
      desk.alone("aws-as", ["process", `my-role${1 + (number % 2)}`]),
    ),
  );
  for (const run of runs) assert.deepEqual([run.status, run.stderr], [0, ""]);
  assert.deepEqual(desk.fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
  assert.equal(room.questions(), 0);
});
