import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { type Loss, ledgerFrom } from "../../src/store/file/ledger.ts";
import { masterKeyIn } from "../../src/store/file/master-key.ts";
import { type Fault, StoreItemDamaged } from "../../src/store/file/sealed-item.ts";
import { sshAgent } from "../../src/store/ssh-agent/ssh-agent.ts";
import type { FileStore } from "../../src/store/unlock.ts";
import { type Clock, systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import type { UserError } from "../../src/system/user-error.ts";
import { edit, fileOf, fileStoreRoom } from "../support/file-store-room.ts";

const session = { name: "session/a", label: "session of a", expiresAt: 4_000_000_000_000 };
const key = { name: "long-term key AKIA", label: "long-term key" };
const other = { name: "session/b", label: "session of b", expiresAt: 4_000_000_000_000 };
const ledgerOf = (folder: string): string => join(folder, "ledger.json");

/** From now on nothing can be locked in the folder, as with musl. */
function withoutLocks(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  rmSync(join(folder, ".ledger-lock"), { force: true });
  mkdirSync(join(folder, ".ledger-lock"), { recursive: true });
}

function withLocks(folder: string): void {
  rmSync(join(folder, ".ledger-lock"), { recursive: true });
}

async function faultOf(reading: Promise<unknown>): Promise<{ fault: Fault; hints: readonly string[] }> {
  try {
    await reading;
  } catch (error) {
    assert.ok(error instanceof StoreItemDamaged, `${error}`);
    return error;
  }
  return assert.fail("it was read");
}

test("an old copy of an item, put back, is told as rolled back", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const file = fileOf(folder, session.name);
  await open().write(session, "old");
  const old = readFileSync(file);
  await open().write(session, "new");
  writeFileSync(file, old);
  const { fault, hints } = await faultOf(open().read(session.name));
  assert.equal(fault, "rolled-back");
  assert.deepEqual(hints, [`rm '${file.replace("'", `'\\''`)}'`]);
  await assert.rejects(
    open().read(session.name),
    /is damaged: it is an older copy of the item, put in the place of a newer one/,
  );
  await open().write(session, "newest");
  assert.equal(await open().read(session.name), "newest");
});

test("copies from the same millisecond, and from before the clock was set back, are told apart", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  let now = 1_700_000_000_000;
  const clock: Clock = { ...systemClock, now: () => now };
  const file = fileOf(folder, session.name);
  for (const step of [0, -100_000]) {
    await open("correct horse", clock).write(session, "old");
    const old = readFileSync(file);
    now += step;
    await open("correct horse", clock).write(session, "new");
    assert.equal(await open().read(session.name), "new");
    writeFileSync(file, old);
    assert.equal((await faultOf(open().read(session.name))).fault, "rolled-back");
  }
});

test("an item that was removed and put back is told, whoever removed it", async (t) => {
  const removals: readonly ((store: FileStore, file: string) => unknown)[] = [
    // The process that has the master key open notes the removal itself; else the next write does.
    (store) => store.remove(session.name),
    (_store, file) => rmSync(file),
  ];
  for (const remove of removals) {
    const { open, folder } = fileStoreRoom(t);
    const file = fileOf(folder, session.name);
    const store = open();
    await store.write(session, "removed");
    const kept = readFileSync(file);
    await remove(store, file);
    if (existsSync(file)) assert.fail("not removed");
    if (remove !== removals[0]) await open().write(other, "{}");
    assert.equal(await open().read(session.name), undefined);
    writeFileSync(file, kept);
    assert.equal((await faultOf(open().read(session.name))).fault, "put-back");
    await assert.rejects(
      open().read(session.name),
      /the item was removed, and an old copy of it was put back/,
    );
    await open().write(session, "again");
    assert.equal(await open().read(session.name), "again");
  }
});

test("removing asks nobody for a passphrase", async (t) => {
  const { open, questions } = fileStoreRoom(t);
  await open().write(session, "{}");
  questions.length = 0;
  assert.equal(await open().remove(session.name), true);
  assert.deepEqual(questions, []);
});

test("damage of a long-term key never suggests to remove the file", async (t) => {
  const damages: readonly (readonly [Fault, (file: string, older: Buffer) => void])[] = [
    ["cut-short", (file) => writeFileSync(file, readFileSync(file, "utf8").slice(0, -9))],
    ["incomplete", (file) => edit(file, ({ nonce, ...rest }) => rest)],
    ["changed", (file) => edit(file, (content) => ({ ...content, label: "harmless" }))],
    ["other-key", (file) => edit(file, (content) => ({ ...content, key: "00" }))],
    ["swapped", (file) => edit(file, (content) => ({ ...content, name: "b" }))],
    ["rolled-back", (file, older) => writeFileSync(file, older)],
  ];
  for (const [expected, damage] of damages) {
    const { open, folder } = fileStoreRoom(t);
    const file = fileOf(folder, key.name);
    await open().write(key, "old");
    const older = readFileSync(file);
    await open().write(key, "new");
    damage(file, older);
    const { fault, hints } = await faultOf(open().read(key.name));
    assert.equal(fault, expected);
    assert.match(hints.join("\n"), /keys add/);
    for (const hint of hints) {
      if (hint.startsWith("if it was a session: ")) assert.equal(fault, "cut-short");
      else assert.ok(!/\brm '/.test(hint) || hint.includes("ledger.json"), hint);
    }
  }
});

test("a long-term key that a person put back themselves is had again with the command of the hint", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const file = fileOf(folder, key.name);
  const store = open();
  await store.write(key, "secret");
  const kept = readFileSync(file);
  await store.remove(key.name);
  writeFileSync(file, kept);
  const { fault, hints } = await faultOf(open().read(key.name));
  assert.equal(fault, "put-back");
  const command = hints[0]?.replace("if you put it back yourself: ", "") ?? "";
  await promisify(execFile)("sh", ["-c", command]);
  await assert.rejects(open().read(key.name), /was missing/);
  assert.equal(await open().read(key.name), "secret");
});

test("items from before there was a ledger stay readable, until a newer one is there", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const file = fileOf(folder, session.name);
  withoutLocks(folder);
  await open().write(session, "before");
  assert.ok(!existsSync(ledgerOf(folder)));
  assert.equal(JSON.parse(readFileSync(file, "utf8")).revision, undefined);
  const before = readFileSync(file);
  withLocks(folder);
  assert.equal(await open().read(session.name), "before");
  await open().write(other, "{}");
  assert.equal(await open().read(session.name), "before");
  await open().write(session, "after");
  writeFileSync(file, before);
  assert.equal((await faultOf(open().read(session.name))).fault, "rolled-back");
});

test("the revision is authenticated", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const file = fileOf(folder, session.name);
  await open().write(session, "old");
  const old = readFileSync(file);
  await open().write(session, "new");
  const { revision } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, old);
  edit(file, (content) => ({ ...content, revision }));
  assert.equal((await faultOf(open().read(session.name))).fault, "changed");
  edit(file, ({ revision, ...rest }) => rest);
  assert.equal((await faultOf(open().read(session.name))).fault, "changed");
});

const losses: readonly (readonly [Loss, (file: string) => void, RegExp])[] = [
  ["missing", (file) => rmSync(file), /was missing/],
  ["torn", (file) => writeFileSync(file, readFileSync(file, "utf8").slice(0, -9)), /was cut short/],
  ["torn", (file) => writeFileSync(file, ""), /was cut short/],
  ["torn", (file) => edit(file, ({ sealed, ...rest }) => rest), /was cut short/],
  ["changed", (file) => edit(file, (content) => ({ ...content, nonce: "AAAA" })), /was changed/],
  ["foreign", (file) => edit(file, (content) => ({ ...content, key: "00" })), /another master key/],
];
for (const [number, [loss, lose, words]] of losses.entries()) {
  test(`a ledger that is ${loss} is told once (${number}), and locks nobody out`, async (t) => {
    const { open, folder } = fileStoreRoom(t);
    await open().write(session, "{}");
    await open().write(key, "secret");
    lose(ledgerOf(folder));
    await assert.rejects(open().read(key.name), (error: UserError) => {
      assert.match(error.message, words);
      assert.ok(error.message.includes(ledgerOf(folder)));
      assert.equal(error.hints[0], "run the same command again");
      return !(error instanceof StoreItemDamaged);
    });
    assert.equal(await open().read(key.name), "secret");
    assert.equal(await open().read(session.name), "{}");
    // From here on it works as before.
    const old = readFileSync(fileOf(folder, session.name));
    await open().write(session, "[]");
    writeFileSync(fileOf(folder, session.name), old);
    assert.equal((await faultOf(open().read(session.name))).fault, "rolled-back");
  });
}

test("a write that finds the ledger lost is done, and the next read tells, also in a store that stayed open", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const store = open();
  await store.write(key, "secret");
  rmSync(ledgerOf(folder));
  await store.write(session, "{}");
  await assert.rejects(store.read(session.name), /was missing/);
  assert.equal(await store.read(session.name), "{}");
  assert.equal(await store.read(key.name), "secret");
});

test("a new master key in an old folder is no loss", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(key, "secret");
  rmSync(join(folder, "master-key.json"));
  await open().write(session, "{}");
  assert.equal(await open().read(session.name), "{}");
  assert.equal((await faultOf(open().read(key.name))).fault, "other-key");
});

test("a ledger of a newer format is left alone, by readers and by writers", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(session, "{}");
  edit(ledgerOf(folder), (content) => ({ ...content, version: 2 }));
  const before = readFileSync(ledgerOf(folder), "utf8");
  for (const use of [() => open().read(session.name), () => open().write(session, "[]")]) {
    await assert.rejects(use(), (error: UserError) => {
      assert.match(error.message, /ledger .* has format 2, and this aws-as knows format 1/);
      assert.match(error.hints[0] ?? "", /npm install/);
      return true;
    });
  }
  assert.equal(readFileSync(ledgerOf(folder), "utf8"), before);
});

test("of many readers that find the ledger lost, one tells", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(session, "{}");
  for (let round = 0; round < 5; round += 1) {
    rmSync(ledgerOf(folder));
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => open().read(session.name)));
    assert.equal(ends.filter(({ status }) => status === "rejected").length, 1);
  }
});

test("where nothing can be locked, or written, work goes on without a false alarm", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const value = async () => await open().read(session.name);
  await open().write(session, "1");
  withoutLocks(folder);
  await open().write(session, "2");
  assert.equal(await value(), "2");
  await Promise.all(Array.from({ length: 20 }, () => open().write(session, "3")));
  assert.equal(await value(), "3");
  await open().remove(session.name);
  await open().write(session, "4");
  assert.equal(await value(), "4");
  rmSync(ledgerOf(folder));
  assert.equal(await value(), "4");
  withLocks(folder);
  await assert.rejects(value(), /was missing/);
  if (process.getuid?.() === 0) return;
  rmSync(ledgerOf(folder));
  chmodSync(folder, 0o500);
  assert.equal(await value(), "4");
  chmodSync(folder, 0o700);
});

test("tombstones outlive their session by a day, and those of long-term keys stay", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  let now = 1_700_000_000_000;
  const clock: Clock = { ...systemClock, now: () => now };
  const store = open("correct horse", clock);
  const short = { ...session, expiresAt: now + 1000 };
  await store.write(short, "{}");
  await store.write(key, "{}");
  await store.remove(short.name);
  await store.remove(key.name);
  const removed = async (): Promise<number> => {
    await store.write(other, "{}");
    const master = await masterKeyIn({
      file: join(folder, "master-key.json"),
      clock,
      agent: sshAgent({ socket: undefined, platform: "linux" }),
      passphrase: async () => new Secret("correct horse"),
    }).open();
    const ledger = ledgerFrom(readFileSync(ledgerOf(folder), "utf8"), "", master);
    assert.ok(typeof ledger === "object");
    return [...ledger.items.values()].filter((entry) => entry.removed).length;
  };
  assert.equal(await removed(), 2);
  now += 86_400_000;
  assert.equal(await removed(), 2);
  now += 2000;
  assert.equal(await removed(), 1);
});

test("the ledger says nothing readable of what is stored", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open("canary-passphrase").write({ ...session, label: "canary label" }, "canary-document");
  assert.doesNotMatch(readFileSync(ledgerOf(folder), "utf8"), /canary|revision|expiresAt/);
});

test("a whole folder put back cannot be told: nothing outside it remembers", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(session, "old");
  const kept = join(dirname(folder), "kept");
  cpSync(folder, kept, { recursive: true });
  await open().write(session, "new");
  for (const file of readdirSync(kept)) cpSync(join(kept, file), join(folder, file));
  assert.equal(await open().read(session.name), "old");
});
