import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { worldOfKeys } from "../support/aws/world-of-keys.ts";
import { one, policy } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { type Home, makeHome, programCall, type Run } from "../support/home.ts";
import { startPty, withoutPty } from "../support/pty.ts";

interface Scene {
  readonly fake: FakeAws;
  readonly home: Home;
  /** The user's keys as AWS knows them: `…0001`, inactive ones in brackets. */
  keys(): string[];
  rotate(...args: string[]): Promise<Run>;
}

/** A user whose key is in the store, with a session that was got with a code. */
async function scene(t: TestContext, options: { mfa?: boolean; login?: boolean } = {}): Promise<Scene> {
  const fake = await startFakeAws({
    world: worldOfKeys({ mfa: options.mfa ?? true }),
    // Codes move the fake's clock on.
    rules: { skewSeconds: Number.POSITIVE_INFINITY },
  });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  const imported = await home.run(["keys", "import", "my-user1", "--force"]);
  assert.equal(imported.status, 0, imported.stderr);
  if (options.login ?? true) {
    const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
    assert.equal(login.status, 0, login.stderr);
  }
  return {
    fake,
    home,
    keys: () =>
      userOf(fake).accessKeys.map(({ id, status }) =>
        status === "active" ? `…${id.slice(-4)}` : `(…${id.slice(-4)})`,
      ),
    rotate: (...args) => home.run(["keys", "rotate", "my-user1", ...args]),
  };
}

function userOf(fake: FakeAws) {
  const user = fake.world.accounts[0]?.users[0];
  assert.ok(user);
  return user;
}

/** The last four characters of the key that the store has and the configuration names. */
async function keyHere(home: Home): Promise<string> {
  const { stdout } = await home.run(["keys", "list"]);
  return /^my-user1: …(\w{4}), in the file store/m.exec(stdout)?.[1] ?? stdout;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

async function assertWorks({ home, fake }: Scene): Promise<void> {
  const run = await home.run(["login", "my-user1", "--renew", "--code", fake.code(one.mfaSerial)]);
  assert.equal(run.status, 0, run.stderr);
}

test("a key is rotated with the MFA session at hand, although AWS takes its time", async (t) => {
  const it = await scene(t);
  Object.assign(it.fake.rules, { newKeyDelay: 2000, keyListDelay: 2000, nodes: 3 });
  const run = await it.rotate();
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /AWS does not know the new key everywhere yet, waiting/);
  const [key, ...others] = it.keys();
  assert.deepEqual(others, []);
  assert.notEqual(key, "…0001");
  assert.equal(`…${await keyHere(it.home)}`, key);
  const secret = userOf(it.fake).accessKeys[0]?.secret ?? "";
  assert.ok(!run.stderr.includes(secret) && run.stdout === "");
  for (const each of [secret, one.secretAccessKey]) assert.deepEqual(foundOnDisk(it.home.path, each), []);
  const status = await it.home.run(["status"]);
  assert.doesNotMatch(status.stdout, /session of/, "the sessions of the old key are forgotten");
  await assertWorks(it);
});

test("a user without a device rotates with the key itself, by the new one from the switch on", async (t) => {
  const it = await scene(t, { mfa: false, login: false });
  it.home.writeConfig(it.home.config().replaceAll(/mfa_serial = .*/g, "mfa_serial = none"));
  Object.assign(it.fake.rules, { newKeyDelay: 1500, nodes: 3 });
  const run = await it.rotate();
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
  assert.equal(it.fake.requests.count("GetSessionToken"), 0);
});

test("every profile that names the key is switched", async (t) => {
  const it = await scene(t);
  it.home.writeConfig(`${it.home.config()}\n[aws-as twin]\naccess_key_id = ${one.accessKeyId}\n`);
  const run = await it.rotate();
  assert.equal(run.status, 0, run.stderr);
  assert.equal(it.home.config().includes(one.accessKeyId), false);
  const key = await keyHere(it.home);
  assert.match(
    (await it.home.run(["keys", "list"])).stdout,
    new RegExp(`^twin: …${key}, in the file store`, "m"),
  );
});

test("the old key may be kept switched off, and makes room at the next rotation", async (t) => {
  const it = await scene(t);
  const first = await it.rotate("--keep-inactive");
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual(it.keys(), ["(…0001)", `…${await keyHere(it.home)}`]);
  const second = await it.rotate("--code", it.fake.code(one.mfaSerial));
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stderr, /deleted the key …0001: it was kept switched off since the last rotation/);
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
});

const stranger = {
  id: "AKIASTRANGER00000009",
  secret: "stranger/Secret+Key/0123456789ABCDEFGHIJ",
  status: "active",
} as const;

test("a second key that is not known here is shown, and deleted on wish alone", async (t) => {
  const it = await scene(t);
  userOf(it.fake).accessKeys.push({ ...stranger });
  const refused = await it.rotate();
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /there is no room for a new key of "my-user1" beside the other key, …0009 \(active, made \d{4}-\d\d-\d\d, never used\)/,
  );
  assert.match(refused.stderr, /aws-as keys rotate my-user1 --delete-key 0009/);
  assert.deepEqual(it.keys(), ["…0001", "…0009"]);
  const wrong = await it.rotate("--delete-key", "0001");
  assert.equal(wrong.status, 1, "the key in use is not the other key");
  assert.deepEqual(it.keys(), ["…0001", "…0009"]);
  const run = await it.rotate("--delete-key", "0009");
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
});

test("on a terminal the person chooses what becomes of the second key", { skip: withoutPty() }, async (t) => {
  const it = await scene(t);
  userOf(it.fake).accessKeys.push({ ...stranger });
  const open = () => {
    const terminal = startPty(...programCall("keys", "rotate", "my-user1"), {
      cwd: it.home.path,
      env: it.home.env,
    });
    t.after(() => terminal.close());
    return terminal;
  };
  const stopped = open();
  await stopped.waitFor("1 to 2:");
  stopped.type("1\r");
  assert.equal((await stopped.exit()).code, 130, stopped.output());
  assert.deepEqual(it.keys(), ["…0001", "…0009"]);
  const agreed = open();
  await agreed.waitFor("1 to 2:");
  agreed.type("2\r");
  assert.equal((await agreed.exit()).code, 0, agreed.output());
  assert.equal(it.keys().length, 1);
});

test("attack-01: a run whose new key AWS did not tell of shows what turns up, and deletes it on wish alone", async (t) => {
  const it = await scene(t);
  // AWS has made the key, and its answer is lost.
  it.fake.faults.add({ kind: "reset", action: "CreateAccessKey", when: "after" });
  const lost = await it.rotate();
  assert.equal(lost.status, 1, lost.stderr);
  assert.equal(it.keys().length, 2);
  assert.equal(it.fake.requests.count("CreateAccessKey"), 1, "it is not asked for a second time");
  const stopped = await it.rotate();
  assert.equal(stopped.status, 1, stopped.stderr);
  assert.match(stopped.stderr, /an interrupted rotation may have made the other one, or somebody else did/);
  assert.equal(it.keys().length, 2);
  const hint = /aws-as (keys rotate my-user1 --delete-key \w{4})\n/.exec(stopped.stderr)?.[1];
  const run = await it.home.run(hint?.split(" ") ?? []);
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
});

test("attack-01: no key is deleted for a note of a rotation that made another one", async (t) => {
  const it = await scene(t);
  it.fake.faults.add({ kind: "reset", action: "CreateAccessKey", when: "after" });
  assert.equal((await it.rotate()).status, 1);
  // The person deletes the orphan, makes a key by hand and uses that; another machine goes on with the old one.
  userOf(it.fake).accessKeys.splice(1);
  const mine = it.fake.makeKey(one.userArn);
  const added = await it.home.run(["keys", "add", "my-user1", "--replace", "--stdin"], {
    input: `${mine.id} ${mine.secret}`,
  });
  assert.equal(added.status, 0, added.stderr);
  await assertWorks(it);
  const stopped = await it.rotate();
  assert.equal(stopped.status, 1, stopped.stderr);
  assert.match(
    stopped.stderr,
    /an interrupted rotation was to put a new key in the place of …0001; the keys were changed since/,
  );
  assert.doesNotMatch(stopped.stderr, /going on|switched off|deleted/);
  assert.deepEqual(it.keys(), ["…0001", `…${mine.id.slice(-4)}`]);
  // What is over is over: with the old key gone, the new one is replaced.
  userOf(it.fake).accessKeys.splice(0, 1);
  const run = await it.rotate();
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
  assert.notEqual(await keyHere(it.home), mine.id.slice(-4));
});

test("a key that somebody else made while AWS refused us one is not taken for ours", async (t) => {
  const it = await scene(t);
  const user = userOf(it.fake);
  user.policies.push(policy("Deny", "iam:CreateAccessKey"));
  const refused = await it.rotate();
  assert.match(refused.stderr, /AWS denied iam:CreateAccessKey/);
  user.policies.pop();
  // The rotation of another machine has just begun: its key has not been used yet.
  const theirs = it.fake.makeKey(one.userArn);
  const run = await it.rotate();
  assert.equal(run.status, 1, run.stderr);
  assert.match(run.stderr, new RegExp(`beside the other key, …${theirs.id.slice(-4)} \\(active`));
  assert.deepEqual(it.keys(), ["…0001", `…${theirs.id.slice(-4)}`]);
});

test("a lost answer tells to run it again", async (t) => {
  const it = await scene(t);
  it.fake.faults.add({ kind: "reset", action: "CreateAccessKey", when: "after" });
  const { stderr } = await it.rotate();
  assert.match(stderr, /hint: AWS may have made a key .*: aws-as keys rotate my-user1\n/);
});

test("two machines that rotate one user at once leave one of them with a key that works", async (t) => {
  const it = await scene(t);
  Object.assign(it.fake.rules, { keyListDelay: 60_000 });
  // What the other machine made, lists do not show yet.
  it.fake.makeKey(one.userArn);
  const run = await it.rotate();
  assert.equal(run.status, 1);
  assert.match(run.stderr, /Cannot exceed quota.*\n.*perhaps by a rotation on another machine/);
  assert.equal(it.keys().length, 2);
  await assertWorks(it);
});

test("a second key that another profile uses is not deleted, also not in plain text and on wish", async (t) => {
  const it = await scene(t);
  userOf(it.fake).accessKeys.push({ ...stranger });
  const lines = `[other]\naws_access_key_id = ${stranger.id}\naws_secret_access_key = ${stranger.secret}\n`;
  writeFileSync(it.home.credentialsFile, lines);
  const plain = await it.rotate("--delete-key", "0009");
  assert.match(plain.stderr, /both keys that AWS allows a user are in use here, by "my-user1" and "other"/);
  assert.match(
    plain.stderr,
    /take its lines out of the file\naws-as: hint: then .*: aws-as keys rotate my-user1 --delete-key 0009/,
  );
  writeFileSync(it.home.credentialsFile, "");
  // Its secret is in another store, or on another machine that shares this file.
  it.home.writeConfig(`${it.home.config()}\n[aws-as other]\naccess_key_id = ${stranger.id}\n`);
  const named = await it.rotate("--delete-key", "0009");
  assert.match(
    named.stderr,
    /aws-as keys remove other\naws-as: hint: then .*: aws-as keys rotate my-user1 --delete-key 0009/,
  );
  assert.deepEqual(it.keys(), ["…0001", "…0009"]);
  for (const command of [
    ["keys", "remove", "other", "--yes"],
    ["keys", "rotate", "my-user1", "--delete-key", "0009"],
  ]) {
    const run = await it.home.run(command);
    assert.equal(run.status, 0, run.stderr);
  }
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
});

test("a user who may not delete keys is told how to leave the old one switched off", async (t) => {
  const it = await scene(t);
  userOf(it.fake).policies.push(policy("Deny", "iam:DeleteAccessKey"));
  const stopped = await it.rotate();
  assert.match(
    stopped.stderr,
    /or leave the old key switched off: aws-as keys rotate my-user1 --keep-inactive/,
  );
  await assertWorks(it);
  const run = await it.rotate("--keep-inactive");
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(it.keys(), ["(…0001)", `…${await keyHere(it.home)}`]);
});

test("the old key stays when the profile names another one by the time of the switch", async (t) => {
  const it = await scene(t, { mfa: false, login: false });
  it.home.writeConfig(it.home.config().replaceAll(/mfa_serial = .*/g, "mfa_serial = none"));
  Object.assign(it.fake.rules, { newKeyDelay: 2500 });
  const running = it.rotate();
  await until(() => it.keys().length === 2);
  it.home.writeConfig(it.home.config().replace(one.accessKeyId, stranger.id));
  const run = await running;
  assert.equal(run.status, 1, run.stderr);
  assert.match(run.stderr, /"my-user1" names another key by now than …0001/);
  assert.equal(it.keys()[0], "…0001");
});

test("the key of a root user is rotated as well", async (t) => {
  const it = await scene(t);
  const account = it.fake.world.accounts[0];
  assert.ok(account);
  account.root = {
    accessKeys: [{ id: "AKIAROOTROOTROOT0007", secret: "r".repeat(40), status: "active" }],
    mfaDevices: [],
  };
  const added = await it.home.run(["keys", "add", "boss", "--stdin"], {
    input: `AKIAROOTROOTROOT0007 ${"r".repeat(40)}`,
  });
  assert.match(added.stderr, /this is a key of the root user/);
  const run = await it.home.run(["keys", "rotate", "boss"]);
  assert.equal(run.status, 0, run.stderr);
  assert.equal(account.root.accessKeys.length, 1);
  assert.notEqual(account.root.accessKeys[0]?.id, "AKIAROOTROOTROOT0007");
});

test("where sessions end with their key, the last step asks for a code, and can be finished later", async (t) => {
  const it = await scene(t);
  it.fake.rules.sessionsDieWithKey = true;
  const stopped = await it.rotate();
  assert.equal(stopped.status, 1);
  assert.match(stopped.stderr, /^aws-as: error: the rotation stopped halfway, with a key that works: /m);
  assert.match(stopped.stderr, /then finish it: aws-as keys rotate my-user1/);
  await assertWorks(it);
  const run = await it.rotate();
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /going on with a rotation that was interrupted/);
  assert.deepEqual(it.keys(), [`…${await keyHere(it.home)}`]);
});

test("a dry run changes nothing", async (t) => {
  const it = await scene(t);
  const before = it.home.config();
  const run = await it.rotate("--dry-run");
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /would make and store a new key\n(.*\n)*aws-as: would delete the old key …0001/);
  assert.deepEqual([it.keys(), it.home.config()], [["…0001"], before]);
});

test("a user who may not is told what is missing, and nothing is done", async (t) => {
  const it = await scene(t);
  userOf(it.fake).policies.splice(1);
  const run = await it.rotate();
  assert.equal(run.status, 1);
  assert.match(run.stderr, /AWS denied iam:ListAccessKeys/);
  assert.match(
    run.stderr,
    /must be allowed iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey and DeleteAccessKey on itself/,
  );
  assert.doesNotMatch(run.stderr, /mfa choose/, "the device is in use already");
  assert.deepEqual(it.keys(), ["…0001"]);
});

test("a key in plain text, a copy of one, and a role are not rotated", async (t) => {
  const it = await scene(t);
  const role = await it.home.run(["keys", "rotate", "my-role1"]);
  assert.match(role.stderr, /"my-role1" is a role, and roles have no keys\n.*aws-as keys rotate my-user1/);
  it.home.writeConfig(
    `${it.home.config()}\n[profile both]\nrole_arn = ${one.role1}\nsource_profile = both\n[aws-as both]\naccess_key_id = ${one.accessKeyId}\n`,
  );
  const both = await it.home.run(["keys", "rotate", "both"]);
  assert.match(both.stderr, /"both" is a role and the key it starts from in one/);
  const copy = `[copy]\naws_access_key_id = ${one.accessKeyId}\naws_secret_access_key = ${one.secretAccessKey}\n`;
  writeFileSync(it.home.credentialsFile, copy);
  const copied = await it.rotate();
  assert.match(copied.stderr, /the same key is in plain text under "copy" \(~\/\.aws\/credentials:2\)/);
  const plain = await it.home.run(["keys", "rotate", "copy"]);
  assert.match(plain.stderr, /the key of "copy" is in plain text/);
  assert.deepEqual(it.keys(), ["…0001"]);
});
