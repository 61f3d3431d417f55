import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { foundOnDisk } from "../support/canary.ts";
import { canary, fileKillSteps } from "../support/file-kill-steps.ts";
import { fileStoreRoom } from "../support/file-store-room.ts";
import { type KillPoint, killPointsOf, runKilledAt } from "../support/killed.ts";

const child = join(import.meta.dirname, "file-killed-child.js");
const passphrase = "canary-of-the-passphrase";
const env = { PATH: process.env["PATH"] };
const bystander = { name: "bystander", label: "a key that is not written here" };

/** What an item may hold after a run got through so many steps, and perhaps one more; undefined: nothing. */
function possible(
  name: string,
  run: string,
  done: number,
  before: string | undefined,
): Set<string | undefined> {
  const states: (string | undefined)[] = [before];
  for (const { item, value } of fileKillSteps(run)) states.push(item.name === name ? value : states.at(-1));
  return new Set(states.slice(done, done + 2));
}

/** Kills runs at these points, one after the other on one store (or each on a new one), and looks after each. */
async function killAll(
  t: TestContext,
  lane: string,
  points: readonly KillPoint[],
  anew: boolean,
): Promise<number> {
  let room = fileStoreRoom(t);
  let reader = room.open(passphrase);
  let killed = 0;
  const last = new Map<string, string | undefined>();
  if (!anew) await reader.write(bystander, "bystander");
  for (const [number, point] of points.entries()) {
    const run = `${lane}-${number}`;
    if (anew) {
      room = fileStoreRoom(t);
      reader = room.open(passphrase);
      last.clear();
      mkdirSync(dirname(room.folder), { recursive: true });
    }
    const words = [process.execPath, child, room.folder, passphrase, run];
    const { signal, stdout, stderr } = await runKilledAt({ words, env }, point);
    const where = `killed after ${point.after} (run ${run})`;
    assert.equal(stderr, "", where);
    if (signal === "SIGKILL") killed += 1;
    const done = stdout.trimEnd().split("\n").filter(Boolean).length;
    for (const name of ["session", "key"]) {
      const value = await reader.read(name);
      assert.ok(
        possible(name, run, done, last.get(name)).has(value),
        `${where}: ${name} is ${value?.slice(0, 60)}`,
      );
      last.set(name, value);
    }
    assert.deepEqual(foundOnDisk(dirname(room.folder), canary), [], where);
    assert.deepEqual(foundOnDisk(dirname(room.folder), passphrase), [], where);
    if (anew) {
      await reader.write(bystander, "bystander");
      reader = room.open(passphrase);
    }
    assert.equal(await reader.read(bystander.name), "bystander", where);
  }
  return killed;
}

test("killed at any step of a write, the store holds the old document or the new one, whole, and the next run completes", {
  skip: process.platform !== "linux" && "strace is for Linux",
}, async (t) => {
  const room = fileStoreRoom(t);
  const victim = { words: [process.execPath, child, room.folder, passphrase, "dry"], env };
  mkdirSync(dirname(room.folder), { recursive: true });
  const first = await killPointsOf(victim, { unseen: true });
  const later = await killPointsOf(victim, { unseen: true });
  // Of a new store only its making is of interest.
  const making = first.slice(0, first.length - later.length + 1);
  assert.ok(making.length > 5 && later.length > 10, `${making.length} and ${later.length} states`);
  const half = Math.ceil(later.length / 2);
  const killed = await Promise.all([
    killAll(t, "a", later.slice(0, half), false),
    killAll(t, "b", later.slice(half), false),
    killAll(t, "new", making, true),
  ]);
  t.diagnostic(`killed at ${killed.join(" + ")} points`);
  assert.deepEqual(killed, [half, later.length - half, making.length]);
});
