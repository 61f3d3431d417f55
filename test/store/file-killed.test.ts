import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { foundOnDisk } from "../support/canary.ts";
import { canary, fileKillSteps } from "../support/file-kill-steps.ts";
import { fileStoreRoom } from "../support/file-store-room.ts";
import { type KillPoint, killPointsOf, runScriptKilledAt } from "../support/killed-at.ts";

const child = join(import.meta.dirname, "file-killed-child.js");
const passphrase = "canary-of-the-passphrase";
const env = { PATH: process.env["PATH"] };
const marks = ["/nonexistent/aws-as-begin", "/nonexistent/aws-as-end"] as const;
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
    const where = `killed at ${point.call} ${point.nth} (run ${run})`;
    if (anew) {
      room = fileStoreRoom(t);
      reader = room.open(passphrase);
      last.clear();
      mkdirSync(dirname(room.folder), { recursive: true });
    }
    const { signal, stdout, stderr } = await runScriptKilledAt(
      [child, room.folder, passphrase, run],
      env,
      point,
    );
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
  timeout: 240_000,
}, async (t) => {
  const room = fileStoreRoom(t);
  const args = [child, room.folder, passphrase, "dry"];
  mkdirSync(dirname(room.folder), { recursive: true });
  const first = await killPointsOf(args, env, ...marks);
  const later = await killPointsOf(args, env, ...marks);
  // Of a new store only its making is of interest; of reads, which change nothing, every fourth.
  const making = first.slice(0, first.findIndex(({ call }) => call === "link") + 40);
  const thinned = (points: readonly KillPoint[]): KillPoint[] => {
    let reads = 0;
    return points.filter(({ call }) => !call.includes("read") || reads++ % 4 === 0);
  };
  const all = thinned(later);
  const half = Math.ceil(all.length / 2);
  const ofNew = thinned(making);
  const killed = await Promise.all([
    killAll(t, "a", all.slice(0, half), false),
    killAll(t, "b", all.slice(half), false),
    killAll(t, "new", ofNew, true),
  ]);
  t.diagnostic(`killed at ${killed.join(" + ")} points`);
  const kills = killed.reduce((sum, each) => sum + each, 0);
  assert.ok(kills >= 0.9 * (all.length + ofNew.length), `${kills} of ${all.length + ofNew.length} kills`);
});
