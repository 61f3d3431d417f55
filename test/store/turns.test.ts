import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { inTurn } from "../../src/store/file/turns.ts";
import { systemClock } from "../../src/system/clock.ts";
import { movingClock } from "../support/moving-clock.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-turns-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("two work at once, the others wait for a place, and all get one", async (t) => {
  const folder = folderFor(t);
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    working -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => inTurn(folder, systemClock, work)));
  assert.deepEqual([most, working], [2, 0]);
});

test("work that fails gives its place back", async (t) => {
  const folder = folderFor(t);
  const fail = () => Promise.reject(new Error("no"));
  for (let times = 0; times < 3; times += 1) await assert.rejects(inTurn(folder, systemClock, fail), /no/);
  assert.equal(await inTurn(folder, systemClock, async () => "done"), "done");
});

test("who waited for half a minute no longer waits", async (t) => {
  const folder = folderFor(t);
  const clock = movingClock();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const stuck: Promise<void>[] = [];
  for (let place = 0; place < 2; place += 1) {
    await new Promise<void>((started) => {
      stuck.push(
        inTurn(folder, clock, () => {
          started();
          return ended;
        }),
      );
    });
  }
  const began = clock.now();
  assert.equal(await inTurn(folder, clock, async () => "done"), "done");
  assert.ok(clock.now() - began >= 30_000, `${clock.now() - began} ms`);
  end();
  await Promise.all(stuck);
});

test("where nothing can be locked the work is done at once", async (t) => {
  const file = join(folderFor(t), "file");
  writeFileSync(file, "");
  assert.equal(await inTurn(file, systemClock, async () => "done"), "done");
});
