import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import { systemClock } from "../../src/system/clock.ts";
import { foundOnDisk } from "../support/canary.ts";
import { canary, keychainKillSteps, killedKey } from "../support/keychain-kill-steps.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import type { KeyringProgram } from "../support/keyring-programs.ts";
import { runOnKeychain } from "../support/keyring-run.ts";
import { assertReached, type KillPoint, type Kills, killPointsOf, runKilledAt } from "../support/killed.ts";

const child = join(import.meta.dirname, "keychain-killed-child.js");

/** Kills runs at these points one after the other, on a keyring of their own, and looks after each. */
async function killAll(t: TestContext, program: KeyringProgram, lane: number, lanes: number): Promise<Kills> {
  const keyring = await startKeyring("unlocked", program);
  t.after(() => keyring.stop());
  const { environment, home } = keyring;
  const folder = join(home, ".aws/aws-as/index");
  // Reads ask the keyring directly, and so can be made in this process.
  const reader = keychainStore({
    service: "aws-as",
    folder,
    platform: process.platform,
    environment,
    userId: process.getuid?.(),
    clock: systemClock,
    timeLimitMs: 20_000,
  });
  const bystander = { name: "bystander", label: "a key that is not written here" };
  await runOnKeychain(environment, { folder, steps: [["write", bystander, "bystander"]] });
  const made = await killPointsOf(
    { words: [process.execPath, child, folder, "dry"], env: environment },
    { unseen: true },
  );
  const points = made.filter((_, number) => number % lanes === lane);
  let killed = 0;
  let last: string | undefined = keychainKillSteps("dry").at(-1);
  const look = async (point: KillPoint, number: number): Promise<void> => {
    const run = `${lane}-${number}`;
    const where = `killed at ${point.call} ${point.nth} (run ${run})`;
    const victim = { words: [process.execPath, child, folder, run], env: environment };
    const { signal, stdout, stderr } = await runKilledAt(victim, point);
    assert.equal(stderr, "", where);
    if (signal === "SIGKILL") killed += 1;
    const done = stdout.trimEnd().split("\n").filter(Boolean).length;
    const value = await reader.read(killedKey.name);
    const possible = [last, ...keychainKillSteps(run)].slice(done, done + 2);
    assert.ok(possible.includes(value), `${where}: ${value}`);
    last = value;
    assert.deepEqual(foundOnDisk(home, canary), [], where);
    assert.equal(await reader.read(bystander.name), "bystander", where);
  };
  for (const [number, point] of points.entries()) await look(point, number);
  assert.equal(keyring.crashed(), false);

  // Parts that were left are all noted, and go with the item.
  const noted = readdirSync(folder).filter((file) => file.endsWith(".parts")).length;
  assert.ok(noted > 0);
  const { outcomes } = await runOnKeychain(environment, { folder, steps: [["remove", killedKey.name]] });
  assert.deepEqual(outcomes, [{ value: true }]);
  assert.deepEqual(await keyring.labels(), [`aws-as: ${bystander.label}`]);
  return { killed, points: points.length };
}

test("killed at any step of a write with several parts, the keychain holds the old key or the new one, whole", {
  skip: keyringSkip(),
}, async (t) => {
  const [even, odd] = await Promise.all([
    killAll(t, "gnome-keyring", 0, 2),
    killAll(t, "gnome-keyring", 1, 2),
  ]);
  assertReached(t, { killed: even.killed + odd.killed, points: even.points + odd.points });
  assert.ok(even.points + odd.points >= 16);
});

for (const program of ["kwallet", "keepassxc"] as const) {
  test(`killed at every fourth step of a write, ${program} holds the old key or the new one, whole`, {
    skip: keyringSkip(program),
  }, async (t) => {
    assertReached(t, await killAll(t, program, 1, 4));
  });
}
