import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fiveRoles } from "../support/aws/world-of-five.ts";
import { one } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { programCall } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { startPty, withoutPty } from "../support/pty.ts";
import {
  assertKeyOpens,
  assertNoSecret,
  holdings,
  ok,
  scene,
  sceneWithPass,
  withoutAllStores,
  withoutStores,
} from "../support/storage-scene.ts";

const skip = withoutStores();
const skipPass = withoutAllStores();

test("the key moves from the keychain to the file store and back, and sessions are forgotten", {
  skip,
}, async (t) => {
  const all = await scene(t, "keychain");
  const { home } = all;
  const before = home.config();
  assert.match(before, /\n\[aws-as\]\n# written by aws-as store\nstore = keychain\n/);
  assert.deepEqual(await holdings(home), ["keychain 1 + 6, used"]);

  const look = await ok(home, ["store", "migrate", "--to", "file", "--dry-run"]);
  assert.match(
    look.stdout,
    /^set up the file store\nmove the long-term key .*0001.* from the keychain\nuse the file store\nforget 6 sessions: the next call may ask for an MFA code\n$/,
  );
  assert.deepEqual([home.config(), await holdings(home)], [before, ["keychain 1 + 6, used"]]);

  const there = await ok(home, ["store", "migrate", "--to", "file"]);
  assert.equal(there.stdout, "");
  assert.match(
    there.stderr,
    /the file store is opened by the ssh-agent's ssh-ed25519 key SHA256:\S+ \(me@laptop\) from now on/,
  );
  assert.match(there.stderr, /aws-as: moved the long-term key .* from the keychain to the file store\n/);
  assert.match(
    there.stderr,
    /aws-as: forgot 6 sessions in the keychain; the next call may ask for an MFA code\n/,
  );
  assert.equal(home.config(), before.replace("store = keychain", "store = file"));
  assert.deepEqual(await holdings(home), ["file 1 + 0, used"]);
  await assertKeyOpens(all);
  assertNoSecret(all);
  if (installed("secret-tool", t)) {
    const search = ["search", "--all", "service", "aws-as"];
    assert.equal(
      spawnSync("secret-tool", search, { env: all.keyring.environment, encoding: "utf8" }).stdout,
      "",
    );
  }

  await ok(home, ["store", "migrate", "--to", "keychain"]);
  assert.equal(home.config(), before);
  assert.deepEqual(await holdings(home), ["keychain 1 + 0, used"]);
  assertNoSecret(all);
  // The key that was moved twice is good for a new session, and one code serves all roles.
  await ok(home, ["login", "role1", "--code", all.fake.code(one.mfaSerial)]);
  for (const role of fiveRoles) await ok(home, ["process", role]);

  const nothing = await ok(home, ["store", "migrate", "--to", "keychain"]);
  assert.match(nothing.stderr, /nothing to move: every long-term key is in the keychain, and it is used/);
});

test("setup does not hide keys, and a variable that wins is told of", { skip }, async (t) => {
  const { home } = await scene(t, "keychain");
  const hiding = await home.run(["store", "setup", "file"]);
  assert.equal(hiding.status, 1);
  assert.match(
    hiding.stderr,
    /the keychain holds a long-term key, not to be found if the file store were used\n.*aws-as store migrate --to file\n/,
  );
  const wins = await ok(home, ["store", "migrate", "--to", "file"], { AWS_AS_STORE: "keychain" });
  assert.match(wins.stderr, /warning: AWS_AS_STORE is set to "keychain" here, and wins over the setting/);
});

test("a call under way during a migration is served, and what it writes into the old store is not used", {
  skip,
}, async (t) => {
  const all = await scene(t, "keychain", []);
  const { home, fake } = all;
  const [asked, code, gate] = ["asked", "code", "gate.sh"].map((name) => join(home.path, name));
  writeFileSync(`${gate}`, `touch '${asked}'; until [ -s '${code}' ]; do sleep 0.05; done; cat '${code}'`);
  const call = home.run(["login", "my-user1", "--renew"], { env: { AWS_AS_MFA_PROCESS: `sh ${gate}` } });
  while (!existsSync(`${asked}`)) await delay(50);
  await ok(home, ["store", "migrate", "--to", "file"]);
  writeFileSync(`${code}`, `${fake.code(one.mfaSerial)}\n`);
  const { status, stderr } = await call;
  assert.deepEqual([status, stderr.split("\n").length], [0, 2], stderr);
  assert.deepEqual(await holdings(home), ["keychain 0 + 1", "file 1 + 0, used"]);
  const again = await ok(home, ["store", "migrate", "--to", "file"]);
  assert.match(
    again.stderr,
    /the keychain still holds 1 session; to forget them: AWS_AS_STORE=keychain aws-as logout --all\n/,
  );
});

test("the key moves from the file store to pass and back", { skip: skipPass }, async (t) => {
  const { room, all } = await sceneWithPass(t, "file", ["role1"]);
  const { home } = all;
  await ok(home, ["store", "migrate", "--to", "pass"]);
  assert.match(home.config(), /\nstore = pass\n/);
  assert.deepEqual(await holdings(home), ["pass 1 + 0, used"]);
  await assertKeyOpens(all);
  assertNoSecret(all);
  for (const secret of all.fake.secrets().filter((each) => each.length > 6)) {
    assert.deepEqual(foundOnDisk(room.path, secret), []);
  }
  await ok(home, ["store", "migrate", "--to", "file"]);
  assert.deepEqual(await holdings(home), ["file 1 + 0, used"]);
  await assertKeyOpens(all);
  assert.deepEqual(
    readdirSync(room.store, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".gpg")),
    [],
  );
});

test("keys in a store that is not used stay there and are told of: others may use it", {
  skip: skipPass,
}, async (t) => {
  const { all } = await sceneWithPass(t, "keychain", ["role1"]);
  const { home } = all;
  const other = { AccessKey: { AccessKeyId: one.accessKeyId, SecretAccessKey: one.secretAccessKey } };
  const input = JSON.stringify(other);
  const added = await home.run(["keys", "add", "other", "--stdin"], { input, env: { AWS_AS_STORE: "pass" } });
  assert.equal(added.status, 0, added.stderr);
  const moved = await ok(home, ["store", "migrate", "--to", "file"]);
  assert.match(
    moved.stderr,
    /the password store still holds 1 long-term key; to move the keys: AWS_AS_STORE=pass aws-as store migrate --to file\n/,
  );
  assert.deepEqual(await holdings(home), ["file 1 + 0, used", "pass 1 + 0"]);
  await ok(home, ["store", "migrate", "--to", "file"], { AWS_AS_STORE: "pass" });
  assert.deepEqual(await holdings(home), ["file 1 + 0, used"]);
});

test("setup of pass writes an entry, reads it back and removes it", { skip: skipPass }, async (t) => {
  const { room, all } = await sceneWithPass(t, "keychain", []);
  const { home } = all;
  await ok(home, ["keys", "export", "my-user1", "--yes"]);
  const run = await ok(home, ["store", "setup", "pass"]);
  assert.match(run.stderr, /aws-as: the password store works: an item was written, read back and removed\n/);
  assert.match(run.stderr, /aws-as: the password store is used: ~\/\.aws\/config:\d+ says so from now on\n/);
  assert.match(home.config(), /\nstore = pass\n/);
  const again = await ok(home, ["store", "setup"]);
  assert.match(again.stderr, /this sets up the password store: .*config:\d+ says so\n/);
  // A key that nobody can encrypt for.
  writeFileSync(join(room.store, ".gpg-id"), "0123456789ABCDEF0123456789ABCDEF01234567\n");
  const broken = await home.run(["store", "setup", "pass"]);
  assert.deepEqual([broken.status, broken.stdout], [1, ""]);
  assert.match(broken.stderr, /^aws-as: error: /);
});

test("a person chooses what opens the file store", { skip: skip || withoutPty() }, async (t) => {
  const { home } = await scene(t, "keychain", []);
  await ok(home, ["keys", "export", "my-user1", "--yes"]);
  await ok(home, ["logout", "--all"]);
  const before = home.config();
  const start = () => {
    const options = { cwd: home.path, env: home.env };
    const terminal = startPty(...programCall("store", "setup", "file"), options);
    t.after(() => terminal.close());
    return terminal;
  };
  const cancelled = start();
  await cancelled.waitFor("What shall open the file store:");
  await cancelled.waitFor("1 to 3: ");
  cancelled.press("ctrl-c");
  assert.equal((await cancelled.exit()).code, 130);
  assert.equal(home.config(), before);

  const both = start();
  await both.waitFor(/3\. both: the key SHA256:\S+ \(me@laptop\), and a passphrase/);
  await both.waitFor("1 to 3: ");
  both.type("3\r");
  for (const question of ["New passphrase for the file store: ", "The same again: "]) {
    await both.waitFor(question);
    both.type("correct horse\r");
  }
  await both.waitFor("the file store is used: ");
  assert.equal((await both.exit()).code, 0);
  assert.ok(!both.output().includes("correct horse"));
  assert.equal(home.config(), before.replace("store = keychain", "store = file"));

  const again = start();
  await again.waitFor("the file store is used: ");
  assert.deepEqual(await again.exit(), { code: 0, signal: 0 });
  assert.ok(!again.output().includes("1 to 3"), "what is set up is not asked about");
});

test("a file store that hangs on its ssh-agent is told of within seconds", { skip }, async (t) => {
  const { home, agent } = await scene(t, "file", []);
  agent.freeze();
  const { stdout } = await ok(home, ["store", "status"]).finally(() => agent.thaw());
  assert.match(
    stdout,
    /\nthe file store: locked \(the ssh-agent did not answer within 3 s\), 1 long-term key, 1 session\n/,
  );
});
