import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { configOfFive, fiveRoles, worldOfFive } from "../support/aws/world-of-five.ts";
import { one } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { assertServed } from "../support/crowd.ts";
import { ended, type Home, makeHome } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { type Keyring, keyringSkip, startKeyring } from "../support/keyring.ts";
import { killEverywhere } from "../support/kill-points.ts";
import { passwordStore, withoutPass } from "../support/password-store.ts";
import { startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

const skip = keyringSkip() || withoutSshAgent();
const skipPass = skip || withoutPass();
/** Of each direction. */
const points = Number(process.env["POINTS"] ?? 100);
const pointsOfPass = Math.ceil(points / 4);

/** Starts a real ssh-agent that holds one key, and gives its socket. */
async function agentWithKey(t: TestContext): Promise<string> {
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  agent.add("-q", agent.makeKey("me@laptop"));
  return agent.socket;
}

interface Scene {
  readonly fake: FakeAws;
  readonly home: Home;
  readonly keyring: Keyring;
}

/** A person with a real keyring and a real ssh-agent, whose key was imported and who is logged in as these roles. */
async function scene(
  t: TestContext,
  store: "keychain" | "file",
  roles: readonly string[] = fiveRoles,
  more: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const fake = await startFakeAws({ world: worldOfFive(), rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const env = {
    AWS_AS_STORE: undefined,
    AWS_AS_PASSPHRASE: undefined,
    SSH_AUTH_SOCK: await agentWithKey(t),
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
    ...more,
  };
  const home = makeHome({ url: fake.url, config: `# mine\n${configOfFive()}`, env });
  t.after(() => home.remove());
  await ok(home, ["store", "setup", store]);
  await ok(home, ["keys", "import", "my-user1", "--force"]);
  await ok(home, ["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  for (const role of roles) await ok(home, ["process", role]);
  return { fake, home, keyring };
}

async function ok(home: Home, args: readonly string[], env: Record<string, string> = {}) {
  const run = await home.run(args, { env });
  assert.equal(run.status, 0, `${args.join(" ")}: ${run.stderr}`);
  return run;
}

interface Status {
  readonly used: { readonly kind: string };
  readonly stores: {
    readonly kind: string;
    readonly keys: number | null;
    readonly sessions: number | null;
  }[];
}

/** `keychain: 1 key, 6 sessions` of each store that holds something, the used one marked. */
async function holdings(home: Home): Promise<string[]> {
  const status = JSON.parse((await ok(home, ["store", "status", "--json"])).stdout) as Status;
  return status.stores
    .filter(({ keys, sessions }) => (keys ?? 0) + (sessions ?? 0) > 0)
    .map(
      ({ kind, keys, sessions }) =>
        `${kind} ${keys} + ${sessions}${kind === status.used.kind ? ", used" : ""}`,
    );
}

/** Asserts that a role is served from what is there, with no call to AWS and no question. */
async function assertAtHand({ home, fake }: Scene, role = "role1", when = ""): Promise<void> {
  const before = fake.requests.counts();
  const run = await home.run(["process", role]);
  assert.deepEqual([run.status, run.stderr], [0, ""], when);
  assertServed({ role, ...run }, fake);
  assert.deepEqual(fake.requests.counts(), before, `AWS was called ${when}`);
}

/** Asserts that neither home nor keyring hold a secret in plain text. */
function assertNoSecret({ home, keyring, fake }: Scene, when = ""): void {
  for (const secret of fake.secrets().filter((each) => each.length > 6)) {
    const found = [...foundOnDisk(home.path, secret), ...foundOnDisk(keyring.home, secret)];
    assert.deepEqual(found, [], when);
  }
}

test("everything moves from the keychain to the file store and back, and no role is asked for again", {
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
    /^move the long-term key .*0001.* from the keychain\n(move the session .*\n){6}use the file store\n$/,
  );
  assert.deepEqual([home.config(), await holdings(home)], [before, ["keychain 1 + 6, used"]]);

  const there = await ok(home, ["store", "migrate", "--to", "file"]);
  assert.equal(there.stdout, "");
  assert.match(
    there.stderr,
    /the file store is opened by the ssh-agent's ssh-ed25519 key SHA256:\S+ \(me@laptop\) from now on/,
  );
  assert.match(there.stderr, /aws-as: moved the long-term key .* from the keychain to the file store\n/);
  assert.equal(home.config(), before.replace("store = keychain", "store = file"));
  assert.deepEqual(await holdings(home), ["file 1 + 6, used"]);
  for (const role of fiveRoles) await assertAtHand(all, role);
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
  assert.deepEqual(await holdings(home), ["keychain 1 + 6, used"]);
  for (const role of fiveRoles) await assertAtHand(all, role);
  assertNoSecret(all);
  // The key that was moved twice is good for a new session.
  await ok(home, ["logout", "--all"]);
  await ok(home, ["login", "role1", "--code", all.fake.code(one.mfaSerial)]);

  const nothing = await ok(home, ["store", "migrate", "--to", "keychain"]);
  assert.match(nothing.stderr, /nothing to move: everything is in the keychain, and it is used/);
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

test("calls that run while everything is moved to and fro are all served, and AWS is not asked", {
  skip,
}, async (t) => {
  const all = await scene(t, "keychain");
  const { home, fake } = all;
  const before = fake.requests.counts();
  let moving = true;
  let served = 0;
  const worker = async (role: string) => {
    while (moving) {
      const run = await home.run(["process", role]);
      assertServed({ role, ...run }, fake);
      served += 1;
    }
  };
  const workers = Promise.all(["role1", "role2", "role3"].map(worker));
  for (const to of ["file", "keychain", "file", "keychain"]) await ok(home, ["store", "migrate", "--to", to]);
  moving = false;
  await workers;
  t.diagnostic(`${served} calls were served`);
  assert.ok(served > 10, `${served}`);
  assert.deepEqual(fake.requests.counts(), before);
});

/** The keyring's items of ours. */
function keyringItems({ keyring, home }: Scene) {
  const tool = (args: string[], input?: string) => {
    const options = {
      env: keyring.environment,
      encoding: "utf8",
      ...(input === undefined ? {} : { input }),
    } as const;
    return spawnSync("secret-tool", args, options).stdout;
  };
  const index = join(home.path, ".aws", "aws-as", "index");
  const names = existsSync(index)
    ? readdirSync(index)
        .filter((file) => file.endsWith(".json"))
        .map((file) => (JSON.parse(readFileSync(join(index, file), "utf8")) as { name: string }).name)
    : [];
  const schema = ["xdg:schema", "org.freedesktop.Secret.Generic"];
  const at = (name: string) => ["service", "aws-as", "account", name, ...schema];
  const texts = names.map((name) => [name, tool(["lookup", ...at(name)])] as const);
  return {
    count: texts.filter(([, text]) => text !== "").length,
    /** As it is now. */
    putBack: () => {
      tool(["clear", "service", "aws-as"]);
      for (const [name, text] of texts) tool(["store", "--label", name, ...at(name)], text);
    },
    isEmpty: () => tool(["search", "--all", "service", "aws-as"]) === "",
  };
}

for (const [from, to] of [
  ["keychain", "file"],
  ["file", "keychain"],
] as const) {
  test(`a migration from ${from} to ${to} killed anywhere loses nothing, and the next run completes it`, {
    skip,
  }, async (t) => {
    if (!installed("strace", t) || !installed("secret-tool", t)) return;
    const all = await scene(t, from, ["role1"]);
    const { home } = all;
    const items = keyringItems(all);
    assert.equal(items.count, from === "keychain" ? 3 : 0);
    const args = ["store", "migrate", "--to", to];
    const { kills, calls } = await killEverywhere(
      home,
      args,
      { count: points },
      items.putBack,
      async ({ index, before }) => {
        const when = `killed before ${before}`;
        if (index % 3 === 0) await assertAtHand(all, "role1", when);
        assertNoSecret(all, when);
        await ok(home, args);
        assert.deepEqual(await holdings(home), [`${to} 1 + 2, used`], when);
        await assertAtHand(all, "role1", when);
        if (to === "file") assert.ok(items.isEmpty(), when);
      },
    );
    t.diagnostic(`${kills} kills within ${calls} system calls`);
    assert.ok(kills >= points * 0.9, `${kills} kills`);
  });
}

/** A scene with a real password store beside. */
async function sceneWithPass(t: TestContext, store: "keychain" | "file", roles?: readonly string[]) {
  const room = passwordStore();
  t.after(() => room.remove());
  // One that gpg starts by itself would be followed by strace, which then never ends.
  spawnSync("gpg-connect-agent", ["/bye"], { env: room.environment });
  const { GNUPGHOME = "", PASSWORD_STORE_DIR = "" } = room.environment;
  return { room, all: await scene(t, store, roles, { GNUPGHOME, PASSWORD_STORE_DIR }) };
}

test("everything moves from the file store to pass and back", { skip: skipPass }, async (t) => {
  const { room, all } = await sceneWithPass(t, "file", ["role1"]);
  const { home } = all;
  await ok(home, ["store", "migrate", "--to", "pass"]);
  assert.match(home.config(), /\nstore = pass\n/);
  assert.deepEqual(await holdings(home), ["pass 1 + 2, used"]);
  await assertAtHand(all);
  assertNoSecret(all);
  for (const secret of all.fake.secrets().filter((each) => each.length > 6)) {
    assert.deepEqual(foundOnDisk(room.path, secret), []);
  }
  await ok(home, ["store", "migrate", "--to", "file"]);
  assert.deepEqual(await holdings(home), ["file 1 + 2, used"]);
  await assertAtHand(all);
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
    /the password store still holds 1 long-term key; to move them: AWS_AS_STORE=pass aws-as store migrate --to file\n/,
  );
  assert.deepEqual(await holdings(home), ["file 1 + 2, used", "pass 1 + 0"]);
  await ok(home, ["store", "migrate", "--to", "file"], { AWS_AS_STORE: "pass" });
  assert.deepEqual(await holdings(home), ["file 1 + 2, used"]);
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
  assert.match(again.stderr, /it is about the password store: .*config:\d+ says so\n/);
  // A key that nobody can encrypt for.
  writeFileSync(join(room.store, ".gpg-id"), "0123456789ABCDEF0123456789ABCDEF01234567\n");
  const broken = await home.run(["store", "setup", "pass"]);
  assert.deepEqual([broken.status, broken.stdout], [1, ""]);
  assert.match(broken.stderr, /^aws-as: error: /);
});

test("a migration to pass killed anywhere loses nothing, and the next run completes it", {
  skip: skipPass,
}, async (t) => {
  if (!installed("strace", t)) return;
  const { room, all } = await sceneWithPass(t, "file", ["role1"]);
  const { home } = all;
  const args = ["store", "migrate", "--to", "pass"];
  const begin = () => rmSync(join(room.store, "aws-as"), { recursive: true, force: true });
  const { kills, calls } = await killEverywhere(
    home,
    args,
    { count: pointsOfPass },
    begin,
    async ({ before }) => {
      const when = `killed before ${before}`;
      await assertAtHand(all, "role1", when);
      await ok(home, args);
      assert.deepEqual(await holdings(home), ["pass 1 + 2, used"], when);
      await assertAtHand(all, "role1", when);
      assertNoSecret(all, when);
      assert.deepEqual(foundOnDisk(room.path, one.secretAccessKey), [], when);
    },
  );
  t.diagnostic(`${kills} kills within ${calls} system calls`);
  assert.ok(kills >= pointsOfPass * 0.9, `${kills} kills`);
});

test("migrations killed at any time, one after the other, lose nothing", { skip }, async (t) => {
  const all = await scene(t, "keychain", ["role1"]);
  const { home } = all;
  let kills = 0;
  for (let round = 0; round < 40; round += 1) {
    const to = round % 2 === 0 ? "file" : "keychain";
    const child = home.start(["store", "migrate", "--to", to]);
    const end = ended(child);
    await delay(100 + Math.random() * 250);
    child.kill("SIGKILL");
    if ((await end).signal === "SIGKILL") kills += 1;
    await assertAtHand(all, "role1", `after round ${round}`);
  }
  t.diagnostic(`${kills} kills`);
  assertNoSecret(all);
  await ok(home, ["store", "migrate", "--to", "file"]);
  assert.deepEqual(await holdings(home), ["file 1 + 2, used"]);
  await ok(home, ["logout", "--all"]);
  await ok(home, ["login", "role1", "--code", all.fake.code(one.mfaSerial)]);
});
