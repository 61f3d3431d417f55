import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { inTurn } from "../../src/store/file/turns.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import { UserError } from "../../src/system/user-error.ts";
import { movingClock } from "../support/moving-clock.ts";
import { unixOnly } from "../support/unix-only.ts";

const of = (passphrase: string) => ({ passphrase: new Secret(passphrase), salt: "salt" });
const mine = of("correct horse");
const key = Buffer.alloc(32, 7);

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-turns-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Work that ends when it is told to, and counts how many do it. */
function slowWork() {
  const it = { times: 0, working: 0, most: 0, end: (): void => undefined };
  const ended = new Promise<void>((resolve) => {
    it.end = resolve;
  });
  const work = async (): Promise<Buffer> => {
    it.times += 1;
    it.working += 1;
    it.most = Math.max(it.most, it.working);
    await ended;
    it.working -= 1;
    return key;
  };
  return Object.assign(it, { work });
}

/** Elsewhere each derives its key for itself, two at once. */
const asked = unixOnly("sockets at paths");

async function until(condition: () => boolean): Promise<void> {
  const began = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - began < 25_000, "it does not come");
    await systemClock.sleep(2);
  }
}

test(
  "attack-03: a crowd with one passphrase derives its key once or twice, and all get it",
  asked,
  async (t) => {
    const folder = folderFor(t);
    const slow = slowWork();
    const turns = { folder, clock: systemClock };
    const crowd = Array.from({ length: 30 }, () => inTurn(mine, turns, slow.work));
    await until(() => slow.working === 2);
    // All the others ask at both places.
    const pipes = () => process.getActiveResourcesInfo().filter((each) => each === "PipeWrap").length;
    await until(() => pipes() >= 28 * 2 * 2);
    slow.end();
    for (const given of await Promise.all(crowd)) assert.deepEqual(given, key);
    assert.ok(slow.times <= 4, `derived ${slow.times} times`);
    assert.equal(slow.most, 2);
    for (const place of [0, 1]) assert.ok(!existsSync(join(folder, `.turn-${place}.sock`)));
  },
);

test("another passphrase gets nothing of it, and takes its own turn", asked, async (t) => {
  const folder = folderFor(t);
  const slow = slowWork();
  const turns = { folder, clock: systemClock };
  const first = [inTurn(mine, turns, slow.work), inTurn(mine, turns, slow.work)];
  await until(() => slow.working === 2);
  const other = Buffer.alloc(32, 9);
  const second = inTurn(of("wrong horse"), turns, async () => other);
  await systemClock.sleep(100);
  slow.end();
  assert.deepEqual(await second, other);
  assert.deepEqual(await Promise.all(first), [key, key]);
});

test(
  "a stranger at the socket is told nothing, and an answer of a stranger is not believed",
  asked,
  async (t) => {
    const folder = folderFor(t);
    const turns = { folder, clock: systemClock };
    const path = join(folder, ".turn-0.sock");
    const slow = slowWork();
    const both = [inTurn(mine, turns, slow.work), inTurn(mine, turns, slow.work)];
    await until(() => slow.working === 2 && existsSync(path));
    const heard = new Promise<number>((resolve) => {
      let length = 0;
      connect(path)
        .on("data", (bytes) => {
          length += bytes.length;
        })
        .on("error", () => undefined)
        .on("close", () => resolve(length))
        .end(Buffer.alloc(48));
    });
    assert.equal(await heard, 0);
    slow.end();
    await Promise.all(both);

    const held = slowWork();
    const holders = [inTurn(mine, turns, held.work), inTurn(mine, turns, held.work)];
    await until(() => held.working === 2);
    rmSync(path, { force: true });
    const liar = createServer((socket) => socket.on("error", () => undefined).end(Buffer.alloc(60))).listen(
      path,
    );
    t.after(() => liar.close());
    const waiting = inTurn(mine, turns, async () => key);
    await systemClock.sleep(100);
    held.end();
    assert.deepEqual(await Promise.all([waiting, ...holders]), [key, key, key]);
  },
);

test("work that fails gives its place back", async (t) => {
  const turns = { folder: folderFor(t), clock: systemClock };
  const fail = () => Promise.reject(new Error("no"));
  for (let times = 0; times < 3; times += 1) await assert.rejects(inTurn(mine, turns, fail), /no/);
  assert.deepEqual(await inTurn(mine, turns, async () => key), key);
});

test("attack-03: who gets no turn in time fails, and derives nothing beside all the others", async (t) => {
  const folder = folderFor(t);
  const clock = movingClock();
  const slow = slowWork();
  const stuck = [
    inTurn(mine, { folder, clock }, slow.work),
    inTurn(of("other"), { folder, clock }, slow.work),
  ];
  await until(() => slow.working === 2);
  for (const [left, wait] of [
    [undefined, 30_000],
    [50_000, 48_000],
  ] as const) {
    const began = clock.now();
    const deadline = left === undefined ? undefined : began + left;
    await assert.rejects(inTurn(of("third"), { folder, clock, deadline }, slow.work), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /kept the file store busy/);
      return true;
    });
    const waited = clock.now() - began;
    assert.ok(waited >= wait && waited <= wait + 100, `${waited} ms`);
  }
  assert.equal(slow.times, 2);
  slow.end();
  await Promise.all(stuck);
});

test("where nothing can be locked the work is done at once", async (t) => {
  const folder = join(folderFor(t), "file");
  writeFileSync(folder, "");
  assert.deepEqual(await inTurn(mine, { folder, clock: systemClock }, async () => key), key);
});
