import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test, { type TestContext } from "node:test";
import { asManyAsFit, type Scope } from "../support/as-many-as-fit.ts";
import type { FakeAws } from "../support/aws/fake-aws.ts";
import { one } from "../support/aws/world-of-one.ts";
import { assertServed, type Crowd, openFiles, question, questionsOn, startCrowd } from "../support/crowd.ts";
import { ended, type Home, programCall } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { assertReached, killPointsOf, ofHome, runKilledAt, someOf } from "../support/killed.ts";
import { eventually, isAlive, type Pty, startPty, withoutPty } from "../support/pty.ts";
import { type StoreKind, sceneOfFive, withoutStore } from "../support/scene.ts";

/** Milliseconds on a machine that is busy with other tests. */
const patience = 120_000;
const stores = ["file", "keychain"] as const;

/** Asserts that all but the killed one were served. */
async function assertOthersServed(crowd: Crowd, killed: number, fake: FakeAws): Promise<void> {
  const members = await crowd.end(patience);
  const others = members.filter(({ pid }) => pid !== killed);
  assert.equal(others.length, members.length - 1);
  for (const member of others) assertServed(member, fake);
  const [dead] = members.filter(({ pid }) => pid === killed);
  assert.deepEqual([dead?.status, dead?.stdout], [137, ""]);
}

/** So many for each of five roles: fifty at once, ten of which show the same. */
const sizes = [10, 2, 1];

async function crowdAtTheLock(t: Scope, home: Home, each: number): Promise<{ crowd: Crowd; asker: number }> {
  const crowd = startCrowd(home, each);
  t.after(() => crowd.terminal.close());
  await crowd.terminal.waitFor(question, patience);
  const all = () => crowd.atTheLock().length === 5 * each;
  // The first question stands for 50 s at most.
  await eventually(all, "all of them at the lock", 40_000).catch((error) => {
    throw new Error(`${error.message}; elsewhere:\n${crowd.elsewhere()}`);
  });
  const [asker, ...others] = crowd.asking();
  assert.ok(asker !== undefined && others.length === 0, "one of them asks");
  return { crowd, asker };
}

for (const store of stores) {
  const skip = withoutPty() || withoutStore(store);
  test(`when the one that asks is killed another asks, with the ${store} store`, { skip }, (t) =>
    asManyAsFit(t, sizes, async (each, scope) => {
      const { fake, home } = await sceneOfFive(scope, store);
      const { crowd, asker } = await crowdAtTheLock(scope, home, each);
      process.kill(asker, "SIGKILL");
      await crowd.terminal.waitFor(question);
      crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
      await assertOthersServed(crowd, asker, fake);
      assert.equal(questionsOn(crowd.terminal), 2, crowd.terminal.output());
      assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 5 });
    }),
  );
}

test("when the one that waits for AWS is killed another asks anew", { skip: withoutPty() }, (t) =>
  asManyAsFit(t, sizes, async (each, scope) => {
    const { fake, home } = await sceneOfFive(scope, "file");
    const { crowd, asker } = await crowdAtTheLock(scope, home, each);
    // AWS has acted, and the answer is on its way to nobody: that code is used up.
    fake.faults.add({ kind: "hang", action: "GetSessionToken", when: "after" });
    crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
    await eventually(() => fake.requests.count("GetSessionToken") === 1, "the first GetSessionToken");
    process.kill(asker, "SIGKILL");
    await crowd.terminal.waitFor(question);
    crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
    await assertOthersServed(crowd, asker, fake);
    assert.equal(questionsOn(crowd.terminal), 2, crowd.terminal.output());
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 2, AssumeRole: 5 });
  }),
);

test(
  "when the one that has the session is killed before a role, nobody is asked again",
  {
    skip: withoutPty(),
  },
  (t) =>
    asManyAsFit(t, sizes, async (each, scope) => {
      const { fake, home } = await sceneOfFive(scope, "file");
      const { crowd, asker } = await crowdAtTheLock(scope, home, each);
      fake.faults.add({ kind: "hang", action: "AssumeRole" });
      crowd.terminal.type(`${fake.code(one.mfaSerial)}\r`);
      await eventually(() => fake.requests.count("AssumeRole") === 1, "the first AssumeRole");
      process.kill(asker, "SIGKILL");
      await assertOthersServed(crowd, asker, fake);
      assert.equal(questionsOn(crowd.terminal), 1, crowd.terminal.output());
      assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 6 });
      assert.equal(fake.requests.count("AssumeRole", "ok"), 5);
    }),
);

for (const store of stores) {
  test(`a login killed anywhere harms no later one, with the ${store} store`, {
    skip: withoutStore(store),
  }, async (t) => {
    if (!installed("strace", t) || (store === "keychain" && !installed("secret-tool", t))) return;
    const { fake, home } = await sceneOfFive(t, store);
    // So many codes move the fake's clock on by more than AWS would bear, half a minute a code.
    fake.rules.skewSeconds = Number.POSITIVE_INFINITY;
    const words = () => ["login", "role1", "--code", fake.code(one.mfaSerial)];
    const login = () => ofHome(home, words());
    const forget = async () => {
      const { status, stderr } = await home.run(["logout", "--all"]);
      assert.equal(status, 0, stderr);
      // Also of one that was killed right behind the keychain's answer.
      if (store !== "keychain") return;
      const { stdout } = spawnSync("secret-tool", ["search", "--all", "service", "aws-as"], {
        env: home.env,
      });
      assert.equal(stdout.toString(), "", "logout left a session");
    };
    // The very first login makes folders that no later one makes.
    assert.equal((await home.run(words())).status, 0);
    await forget();
    const points = someOf(t, await killPointsOf(login()));
    let killed = 0;
    for (const [index, point] of points.entries()) {
      await forget();
      const { signal } = await runKilledAt(login(), point);
      if (signal === "SIGKILL") killed += 1;
      // A code that was noted as sent is not sent again, whether AWS saw it or not: the device shows the next one.
      fake.advance(60_000);
      const again = await home.run(["login", "role1", "--code", fake.code(one.mfaSerial)]);
      assert.equal(again.status, 0, `after ${point.after}: ${again.stderr}`);
      if (index % 3 === 0) assertServed({ role: "role1", ...(await home.run(["process", "role1"])) }, fake);
    }
    assertReached(t, { killed, points: points.length });
  });
}

/** `aws-as login role1` on a terminal of its own. */
function login(t: TestContext, home: Home, role: string): Pty {
  const terminal = startPty(...programCall("login", role), { cwd: home.path, env: home.env });
  t.after(() => terminal.close());
  return terminal;
}

/** Waits until the program on that terminal stands at the lock without asking. */
async function waiting(terminal: Pty): Promise<void> {
  await eventually(
    () => openFiles(terminal.pid).some((file) => file.includes("/locks/")),
    "a lock that is waited for",
  );
}

for (const store of stores) {
  const skip = withoutPty() || withoutStore(store);
  test(`of two logins on two terminals one asks and both are served, with the ${store} store`, {
    skip,
  }, async (t) => {
    const { fake, home } = await sceneOfFive(t, store as StoreKind);
    const first = login(t, home, "role1");
    await first.waitFor(question);
    const second = login(t, home, "role2");
    await waiting(second);
    first.type(`${fake.code(one.mfaSerial)}\r`);
    for (const [terminal, role] of [
      [first, "role1"],
      [second, "role2"],
    ] as const) {
      await terminal.waitFor(`aws-as: "${role}" is good for`);
      assert.deepEqual(await terminal.exit(), { code: 0, signal: 0 });
    }
    assert.equal(questionsOn(first), 1);
    assert.equal(questionsOn(second), 0, second.output());
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
  });
}

test("Ctrl-C on the terminal that asks lets the other one ask at once", { skip: withoutPty() }, async (t) => {
  const { fake, home } = await sceneOfFive(t);
  const first = login(t, home, "role1");
  await first.waitFor(question);
  const second = login(t, home, "role1");
  await waiting(second);
  const began = performance.now();
  first.press("ctrl-c");
  await second.waitFor(question);
  t.diagnostic(`asked ${Math.round(performance.now() - began)} ms after Ctrl-C`);
  assert.equal((await first.exit()).code, 130);
  second.type(`${fake.code(one.mfaSerial)}\r`);
  await second.waitFor('aws-as: "role1" is good for');
  assert.deepEqual(await second.exit(), { code: 0, signal: 0 });
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
});

test("an AWS that never answers is left within 50 s, and the others are served then", async (t) => {
  const { fake, home } = await sceneOfFive(t);
  const env = { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) };
  assert.equal((await home.run(["login", "my-user1"], { env })).status, 0);
  fake.faults.add({ kind: "hang", action: "AssumeRole", times: Number.POSITIVE_INFINITY });
  const child = home.start(["process", "role1"]);
  const first = ended(child);
  await eventually(() => fake.requests.count("AssumeRole") > 0, "a call that hangs");
  const began = performance.now();
  const { status, stdout, stderr } = await first;
  const took = performance.now() - began;
  t.diagnostic(`gave up after ${Math.round(took)} ms: ${stderr.trim()}`);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^aws-as: error: /);
  assert.ok(took < 55_000, `${took} ms`);
  assert.equal(isAlive(child.pid ?? 0), false);
  fake.faults.clear();
  assertServed({ role: "role2", ...(await home.run(["process", "role2"])) }, fake);
});
