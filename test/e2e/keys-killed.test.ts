import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { worldOfKeys } from "../support/aws/world-of-keys.ts";
import { awsFilesOfOne, one } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { type Home, makeHome } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { assertReached, type Kill, killEverywhere } from "../support/killed.ts";

async function scene(t: TestContext): Promise<{ fake: FakeAws; home: Home; restart: () => void }> {
  const fake = await startFakeAws({ world: worldOfKeys(), rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url });
  t.after(() => home.remove());
  home.writeConfig(home.config().replaceAll(/mfa_serial = .*/g, "mfa_serial = none"));
  const world = JSON.stringify(fake.world);
  return {
    fake,
    home,
    restart: () => {
      const user = fake.world.accounts[0]?.users[0];
      assert.ok(user);
      user.accessKeys = JSON.parse(world).accounts[0].users[0].accessKeys;
    },
  };
}

async function works(home: Home, when: string): Promise<void> {
  const run = await home.run(["process", "my-user1"]);
  assert.equal(run.status, 0, `${when}: ${run.stderr}`);
}

/** Kills the command in each of its states. */
async function killedAnywhere(
  t: TestContext,
  args: readonly string[],
  prepare: (home: Home) => Promise<void>,
  check: (place: { fake: FakeAws; home: Home } & Kill) => Promise<void>,
): Promise<void> {
  const { fake, home, restart } = await scene(t);
  await prepare(home);
  assertReached(t, await killEverywhere(t, home, args, restart, (kill) => check({ fake, home, ...kill })));
}

async function imported(home: Home): Promise<void> {
  const run = await home.run(["keys", "import", "my-user1", "--force"]);
  assert.equal(run.status, 0, run.stderr);
}

test("keys import killed anywhere loses no key, and the next run completes it", async (t) => {
  if (!installed("strace", t)) return;
  const args = ["keys", "import", "my-user1", "--force"];
  await killedAnywhere(
    t,
    args,
    async () => undefined,
    async ({ home, index, when }) => {
      if (index % 3 === 0) await works(home, when);
      const again = await home.run(args);
      const done = again.status === 0 || /is in the store already/.test(again.stderr);
      assert.ok(done, `${when}: ${again.stderr}`);
      assert.ok(!readFileSync(home.credentialsFile, "utf8").includes(one.accessKeyId), when);
      assert.deepEqual(foundOnDisk(home.path, one.secretAccessKey), [], when);
      await works(home, when);
    },
  );
});

test("keys export killed anywhere loses no key, and the next run completes it", async (t) => {
  if (!installed("strace", t)) return;
  const args = ["keys", "export", "my-user1", "--yes"];
  await killedAnywhere(t, args, imported, async ({ home, index, when }) => {
    if (index % 3 === 0) await works(home, when);
    const again = await home.run(args);
    const done = again.status === 0 || /there is no key of "my-user1" in the store/.test(again.stderr);
    assert.ok(done, `${when}: ${again.stderr}`);
    assert.equal(readFileSync(home.credentialsFile, "utf8"), awsFilesOfOne().credentials, when);
    assert.deepEqual(foundOnDisk(home.path, one.secretAccessKey, [home.credentialsFile]), [], when);
    await works(home, when);
  });
});

test("keys rotate killed anywhere locks nobody out, and the next run ends with one key that works", async (t) => {
  if (!installed("strace", t)) return;
  const args = ["keys", "rotate", "my-user1"];
  const stops = new Map<string, number>();
  let asked = 0;
  await killedAnywhere(t, args, imported, async ({ fake, home, index, run, when }) => {
    const keys = () => fake.world.accounts[0]?.users[0]?.accessKeys ?? [];
    const state = keys()
      .map(({ id, status }) => `${id === one.accessKeyId ? "old" : "new"} ${status}`)
      .join(", ");
    stops.set(state, (stops.get(state) ?? 0) + 1);
    if (index % 3 === 0) await works(home, when);
    if (run.status !== 0) {
      let again = await home.run(args);
      // Killed before AWS answered, nobody knows whose the new key is: it is deleted on wish alone.
      const room = /--delete-key (\w{4})$/m.exec(again.stderr)?.[1];
      if (room !== undefined) asked += 1;
      if (room !== undefined) again = await home.run([...args, "--delete-key", room]);
      assert.equal(again.status, 0, `${when} (${state}): ${again.stderr}`);
    }
    const [key, ...others] = keys();
    assert.deepEqual(others, [], `${when} (${state})`);
    assert.equal(key?.status, "active");
    if (index % 3 === 1) {
      const { stdout } = await home.run(["keys", "list"]);
      assert.match(stdout, new RegExp(`^my-user1: …${key?.id.slice(-4)}, in the file store[^\n]*\n$`), when);
    }
    for (const secret of [one.secretAccessKey, key?.secret ?? ""]) {
      assert.deepEqual(foundOnDisk(home.path, secret), [], when);
    }
    await works(home, when);
  });
  t.diagnostic(`left behind: ${JSON.stringify(Object.fromEntries(stops))}`);
  assert.ok(stops.size >= 4, [...stops.keys()].join("; "));
  // Between the request for a key and the note of its id.
  assert.ok(asked <= 3, `${asked} runs had to ask`);
});
