import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { one } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { ended } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { assertReached, type Kill, killEverywhere } from "../support/killed.ts";
import { withoutLong } from "../support/long.ts";
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

test("a migration to pass killed anywhere loses nothing, and the next run completes it", {
  skip: skipPass,
}, async (t) => {
  if (!installed("strace", t)) return;
  const { room, all } = await sceneWithPass(t, "file", ["role1"]);
  const { home } = all;
  const args = ["store", "migrate", "--to", "pass"];
  const begin = () => rmSync(join(room.store, "aws-as"), { recursive: true, force: true });
  const check = async ({ index, when }: Kill) => {
    if (index % 3 === 0) await assertKeyOpens(all, when);
    await ok(home, args);
    if (index % 3 === 1) assert.deepEqual(await holdings(home), ["pass 1 + 0, used"], when);
    else await assertKeyOpens(all, when);
    assertNoSecret(all, when);
    assert.deepEqual(foundOnDisk(room.path, one.secretAccessKey), [], when);
  };
  assertReached(t, await killEverywhere(t, home, args, begin, check));
});

test("migrations killed at any time, one after the other, lose nothing", { skip }, async (t) => {
  const all = await scene(t, "keychain", ["role1"]);
  const { home } = all;
  let kills = 0;
  const rounds = withoutLong() ? 12 : 40;
  for (let round = 0; round < rounds; round += 1) {
    const to = round % 2 === 0 ? "file" : "keychain";
    const child = home.start(["store", "migrate", "--to", to]);
    const end = ended(child);
    // Spread over the time that a migration takes, each way.
    await delay(100 + (250 * Math.floor(round / 2)) / (rounds / 2));
    child.kill("SIGKILL");
    if ((await end).signal === "SIGKILL") kills += 1;
    await assertKeyOpens(all, `after round ${round}`);
  }
  t.diagnostic(`${kills} kills`);
  assertNoSecret(all);
  await ok(home, ["store", "migrate", "--to", "file"]);
  assert.deepEqual(await holdings(home), ["file 1 + 0, used"]);
  await ok(home, ["login", "role1", "--code", all.fake.code(one.mfaSerial)]);
});
