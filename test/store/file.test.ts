import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { WrongPassphrase } from "../../src/store/file/passphrase.ts";
import { type Fault, StoreItemDamaged } from "../../src/store/file/sealed-item.ts";
import { isPrivateFolder } from "../../src/system/files/private-files.ts";
import { UserError } from "../../src/system/user-error.ts";
import { edit, fileOf, fileStoreRoom } from "../support/file-store-room.ts";
import { filesWithLedger, itemsWithLedger } from "../support/file-store-with-ledger.ts";
import { withoutLong } from "../support/long.ts";

const item = { name: "session/a", label: "session of a", expiresAt: 4_000_000_000_000 };
const other = { name: "session/b", label: "session of b" };
const userId = process.getuid?.();

test("a document comes back in another process, also long and in every alphabet", async (t) => {
  const { open } = fileStoreRoom(t);
  for (const value of ["", "{}", "x".repeat(3000), "é☃𐍈".repeat(10_000), "a\0b", "y".repeat(100_000)]) {
    await open().write(item, value);
    assert.equal(await open().read(item.name), value);
  }
});

test("the passphrase is asked for once per process, and only for an item that is there", async (t) => {
  const { open, questions } = fileStoreRoom(t);
  const first = open();
  assert.equal(first.unlocking.isSetUp(), false);
  assert.equal(await first.read(item.name), undefined);
  assert.equal(await first.remove(item.name), false);
  assert.deepEqual(await first.list(), []);
  assert.deepEqual(questions, []);
  await Promise.all([first.write(item, "{}"), first.write(other, "{}")]);
  assert.deepEqual(questions, ["create"]);
  const second = open();
  assert.equal(second.unlocking.isSetUp(), true);
  assert.equal(await second.read("nothing"), undefined);
  assert.deepEqual((await second.list()).length, 2);
  assert.equal(questions.length, 1);
  await Promise.all([second.read(item.name), second.read(other.name), second.write(item, "[]")]);
  assert.deepEqual(questions, ["create", "unlock"]);
});

test("listing gives names, labels and ends; removing removes", async (t) => {
  const { open } = fileStoreRoom(t);
  await open().write(item, "{}");
  await open().write(other, "{}");
  const listed = await open().list();
  assert.deepEqual(
    new Set(listed.map((one) => JSON.stringify(one))),
    new Set([item, other].map((one) => JSON.stringify(one))),
  );
  assert.equal(await open().remove(item.name), true);
  assert.equal(await open().remove(item.name), false);
  assert.deepEqual(await open().list(), [other]);
});

test("nothing of a document, a passphrase or a key lies readable on the disk", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open("canary-passphrase").write(item, '"canary-document"');
  for (const file of readdirSync(folder)) {
    assert.doesNotMatch(readFileSync(join(folder, file), "utf8"), /canary/);
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
  }
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(readdirSync(folder).filter((file) => file.endsWith(".json")).length, 2);
});

test("a wrong passphrase is told as such and never opens anything", async (t) => {
  const { open } = fileStoreRoom(t);
  await open().write(item, "{}");
  const wrong = open("correct horsE");
  await assert.rejects(wrong.read(item.name), WrongPassphrase);
  await assert.rejects(wrong.write(item, "[]"), WrongPassphrase);
  assert.equal(await open().read(item.name), "{}");
});

test("a passphrase with an accent fits however the keyboard composes it", async (t) => {
  const { open } = fileStoreRoom(t);
  await open("caf\u00e9").write(item, "{}");
  assert.equal(await open("cafe\u0301").read(item.name), "{}");
});

const damages: readonly (readonly [string, (file: string) => void, RegExp])[] = [
  ["cut short", (file) => writeFileSync(file, readFileSync(file, "utf8").slice(0, -9)), /cut short/],
  ["empty", (file) => writeFileSync(file, ""), /cut short/],
  ["not an object", (file) => writeFileSync(file, "null"), /a field is missing/],
  ["a field gone", (file) => edit(file, ({ nonce, ...rest }) => rest), /a field is missing/],
  ["another end", (file) => edit(file, (content) => ({ ...content, expiresAt: 1 })), /was changed/],
  ["another label", (file) => edit(file, (content) => ({ ...content, label: "harmless" })), /was changed/],
  ["another name", (file) => edit(file, (content) => ({ ...content, name: "b" })), /another item/],
  ["another key", (file) => edit(file, (content) => ({ ...content, key: "00" })), /another master key/],
  ["a short nonce", (file) => edit(file, (content) => ({ ...content, nonce: "AAAA" })), /was changed/],
  ["no ciphertext", (file) => edit(file, (content) => ({ ...content, sealed: "" })), /was changed/],
  [
    "one bit of the ciphertext",
    (file) =>
      edit(file, (content) => {
        const bytes = Buffer.from(content["sealed"] as string, "base64");
        bytes[3] = (bytes[3] ?? 0) ^ 1;
        return { ...content, sealed: bytes.toString("base64") };
      }),
    /was changed/,
  ],
];
for (const [what, damage, words] of damages) {
  test(`a damaged item is detected: ${what}`, async (t) => {
    const { open, folder } = fileStoreRoom(t);
    await open().write(item, '{"a":"b"}');
    const file = fileOf(folder, item.name);
    damage(file);
    await assert.rejects(open().read(item.name), (error: StoreItemDamaged) => {
      assert.ok(error instanceof StoreItemDamaged);
      assert.match(error.message, words);
      assert.ok(error.message.includes(file));
      // Of what is cut short nobody can say whether it was a session; the last hint is for when it was.
      assert.ok(error.hints.at(-1)?.endsWith(`rm '${file.replace("'", `'\\''`)}'`), error.hints.join());
      return true;
    });
    // It can be written anew, and does not disturb the others.
    await open().list();
    await open().write(item, "{}");
    assert.equal(await open().read(item.name), "{}");
  });
}

test("items that change places are detected", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(item, '"a"');
  await open().write(other, '"b"');
  cpSync(fileOf(folder, other.name), fileOf(folder, item.name));
  await assert.rejects(open().read(item.name), /it holds another item/);
  // Even when the name is mended.
  edit(fileOf(folder, item.name), (content) => ({ ...content, ...item }));
  await assert.rejects(open().read(item.name), /it was changed/);
});

test("an item of another master key is not taken for a changed one", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(item, "{}");
  const kept = readFileSync(fileOf(folder, item.name));
  rmSync(folder, { recursive: true });
  await open().write(other, "{}");
  writeFileSync(fileOf(folder, item.name), kept);
  await assert.rejects(open().read(item.name), /sealed under another master key/);
});

test("a newer format is told with both numbers, for items and for the master key", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(item, "{}");
  const newer = (file: string): void => edit(file, (content) => ({ ...content, version: 2 }));
  newer(fileOf(folder, item.name));
  await assert.rejects(open().read(item.name), (error: UserError) => {
    assert.match(error.message, /has format 2, and this aws-as knows format 1/);
    return !(error instanceof StoreItemDamaged);
  });
  newer(join(folder, "master-key.json"));
  await assert.rejects(open().write(other, "{}"), /has format 2, and this aws-as knows format 1/);
});

test("a folder that others can write to is refused, with the command that mends it", {
  skip: userId === undefined,
}, async (t) => {
  for (const mode of [0o777, 0o770, 0o702]) {
    const { open, folder } = fileStoreRoom(t);
    await open().write(item, "{}");
    chmodSync(folder, mode);
    for (const use of [
      open().read(item.name),
      open().write(item, "{}"),
      open().list(),
      open().remove(item.name),
    ]) {
      await assert.rejects(use, (error: UserError) => {
        assert.match(error.message, /other users can write to the folder/);
        assert.match(error.hints[0] ?? "", /^chmod 700 '/);
        return true;
      });
    }
    const { hints } = (await open()
      .list()
      .catch((error: UserError) => error)) as UserError;
    await promisify(execFile)("sh", ["-c", hints[0] ?? ""]);
    assert.equal(await open().read(item.name), "{}");
  }
});

test("a folder of another user is refused", { skip: userId !== 0 && "needs root" }, async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(item, "{}");
  chownSync(folder, 12_345, 12_345);
  await assert.rejects(open().read(item.name), /belongs to (?:another user|user 12345)/);
  await assert.rejects(open().write(item, "{}"), /belongs to (?:another user|user 12345)/);
});

test("shells-08: root is not offered another user's store, and a user who is locked out gets it back", {
  skip: userId !== 0 && "needs root",
}, (t) => {
  const home = mkdtempSync(join(tmpdir(), "aws-as-owner-"));
  t.after(() => rmSync(home, { recursive: true }));
  const ours = join(home, "aws-as");
  mkdirSync(join(ours, "store"), { recursive: true, mode: 0o700 });
  const hints = (run: () => unknown): readonly string[] => {
    try {
      run();
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.hints;
    }
    return assert.fail("it was not refused");
  };
  // Made by root in the user's home.
  chownSync(home, 65534, 65534);
  chmodSync(home, 0o755);
  process.seteuid?.(65534);
  const asUser = hints(() => isPrivateFolder(join(ours, "store"), { userId: 65534 }));
  process.seteuid?.(0);
  assert.deepEqual(asUser, [`sudo chown -R 65534 '${ours}'`]);
  chownSync(ours, 65534, 65534);
  const asRoot = hints(() => isPrivateFolder(ours, { userId: 0 }));
  assert.ok(!asRoot.some((hint) => hint.includes("chown")), asRoot.join());
});

test("a file in the place of the folder is told", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  mkdirSync(join(folder, ".."), { recursive: true });
  writeFileSync(folder, "");
  await assert.rejects(open().read(item.name), /is not a folder/);
});

test("what ended over an hour ago, and what killed writers left, goes at a later write", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const now = Date.now();
  await open().write({ ...item, expiresAt: now - 3_700_000 }, "{}");
  await open().write({ ...other, expiresAt: now - 3_500_000 }, "{}");
  const left = join(folder, ".x.json.0011.tmp");
  writeFileSync(left, "");
  await open().write({ name: "c", label: "c" }, "{}");
  assert.deepEqual((await open().list()).map(({ name }) => name).toSorted(), ["c", other.name]);
  assert.ok(existsSync(left));
  utimesSync(left, new Date(now - 4_000_000), new Date(now - 4_000_000));
  await open().write({ name: "c", label: "c" }, "{}");
  assert.ok(!existsSync(left));
});

test("damage of a long-term key never suggests to remove the file", async (t) => {
  const key = { name: "long-term key AKIA", label: "long-term key" };
  const damages: readonly (readonly [Fault, (file: string) => void])[] = [
    ["cut-short", (file) => writeFileSync(file, readFileSync(file, "utf8").slice(0, -9))],
    ["incomplete", (file) => edit(file, ({ nonce, ...rest }) => rest)],
    ["changed", (file) => edit(file, (content) => ({ ...content, label: "harmless" }))],
    ["other-key", (file) => edit(file, (content) => ({ ...content, key: "00" }))],
    ["swapped", (file) => edit(file, (content) => ({ ...content, name: "b" }))],
  ];
  for (const [expected, damage] of damages) {
    const { open, folder } = fileStoreRoom(t);
    await open().write(key, "secret");
    damage(fileOf(folder, key.name));
    await assert.rejects(open().read(key.name), (error: unknown) => {
      assert.ok(error instanceof StoreItemDamaged, `${error}`);
      const { fault, hints } = error;
      assert.equal(fault, expected);
      assert.match(hints.join("\n"), /keys add/);
      for (const hint of hints) {
        if (hint.startsWith("if it was a session: ")) assert.equal(fault, "cut-short");
        else assert.ok(!/\brm '/.test(hint), hint);
      }
      return true;
    });
  }
});

test("removing asks for no passphrase", async (t) => {
  const { open, questions } = fileStoreRoom(t);
  await open().write(item, "{}");
  questions.length = 0;
  assert.equal(await open().remove(item.name), true);
  assert.deepEqual(questions, []);
});

test("a new master key in an old folder opens what is written under it, and tells the rest apart", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(other, "secret");
  rmSync(join(folder, "master-key.json"));
  await open().write(item, "{}");
  assert.equal(await open().read(item.name), "{}");
  await assert.rejects(open().read(other.name), /sealed under another master key/);
});

test("an old file of an item, or of the whole folder, put back, is the item", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  await open().write(item, "old");
  const old = readFileSync(fileOf(folder, item.name));
  await open().write(item, "new");
  writeFileSync(fileOf(folder, item.name), old);
  assert.equal(await open().read(item.name), "old");
});

/** A room with what an earlier version left in it. */
function roomWithLedger(t: TestContext) {
  const room = fileStoreRoom(t);
  mkdirSync(room.folder, { recursive: true, mode: 0o700 });
  for (const [file, text] of Object.entries(filesWithLedger)) {
    writeFileSync(join(room.folder, file), text, { mode: 0o600 });
  }
  return room;
}

test("a store with a ledger is read as it is, and loses the ledger on the next write", async (t) => {
  const { open, folder, questions } = roomWithLedger(t);
  const entries = Object.entries(itemsWithLedger);
  for (const [name, value] of entries) assert.equal(await open().read(name), value);
  assert.deepEqual(
    (await open().list()).map(({ name }) => name).toSorted(),
    Object.keys(itemsWithLedger).toSorted(),
  );
  assert.ok(existsSync(join(folder, "ledger.json")));
  questions.length = 0;
  await open().write(item, "{}");
  assert.deepEqual(questions, ["unlock"]);
  assert.deepEqual(
    readdirSync(folder).filter((file) => file.includes("ledger")),
    [],
  );
  for (const [name, value] of entries) assert.equal(await open().read(name), value);
  const [[name = ""] = []] = entries;
  await open().write({ name, label: "again" }, "again");
  assert.equal(JSON.parse(readFileSync(fileOf(folder, name), "utf8")).revision, undefined);
  assert.equal(await open().read(name), "again");
});

test("a ledger that is lost, torn or of a newer format changes nothing", async (t) => {
  const losses: readonly ((file: string) => void)[] = [
    (file) => rmSync(file),
    (file) => writeFileSync(file, ""),
    (file) => edit(file, (content) => ({ ...content, key: "00" })),
    (file) => edit(file, (content) => ({ ...content, version: 2 })),
  ];
  for (const lose of losses) {
    const { open, folder } = roomWithLedger(t);
    lose(join(folder, "ledger.json"));
    for (const [name, value] of Object.entries(itemsWithLedger)) assert.equal(await open().read(name), value);
    await open().write(item, "{}");
    assert.equal(await open().read(item.name), "{}");
  }
});

test("the revision of an item that has one is authenticated", async (t) => {
  const { open, folder } = roomWithLedger(t);
  const [name = ""] = Object.keys(itemsWithLedger);
  edit(fileOf(folder, name), (content) => ({ ...content, revision: (content["revision"] as number) + 1 }));
  await assert.rejects(open().read(name), /it was changed/);
  edit(fileOf(folder, name), ({ revision, ...rest }) => rest);
  await assert.rejects(open().read(name), /it was changed/);
  edit(fileOf(folder, name), (content) => ({ ...content, revision: "1" }));
  await assert.rejects(open().read(name), /a field is missing/);
});

const child = join(import.meta.dirname, "file-child.js");
const run = promisify(execFile);

test("many processes set it up, write and read at once, and nothing is torn or lost", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  const names = Array.from({ length: withoutLong() ? 25 : 100 }, (_, number) => `item-${number + 100}`);
  const runs = await Promise.all(
    names.map((name) => run(process.execPath, [child, "once", folder, "correct horse", name], { env: {} })),
  );
  for (const [number, { stdout, stderr }] of runs.entries()) {
    assert.equal(stderr, "");
    const [own, ...shared] = stdout.split(" ");
    assert.equal(own, names[number]);
    assert.equal(shared.length, 5);
    for (const text of shared) {
      assert.equal(text, text.slice(0, 8).repeat(500));
      assert.ok(names.includes(text.slice(0, 8)), text.slice(0, 8));
    }
  }
  const store = open();
  assert.equal((await store.list()).length, names.length + 1);
  for (const name of names) assert.equal(await store.read(name), name);
  const left = readdirSync(folder).filter((file) => file.endsWith(".tmp"));
  assert.deepEqual(left, []);
});

test("of two passphrases that set it up at once, one wins and the other is wrong", async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const { open, folder } = fileStoreRoom(t);
    const ends = await Promise.allSettled(
      ["left", "right"].map((side) =>
        run(process.execPath, [child, "once", folder, side, side], { env: {} }).then(() => side),
      ),
    );
    const winners = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
    assert.equal(winners.length, 1, JSON.stringify(ends));
    const [winner = ""] = winners;
    assert.equal(await open(winner).read(winner), winner);
    assert.ok(!readdirSync(folder).some((file) => file.startsWith(".master-key")));
  }
});

test("a process killed while it writes leaves the old document or the new one", async (t) => {
  const { open, folder } = fileStoreRoom(t);
  let last = 0;
  const kills = withoutLong() ? 12 : 30;
  await open().write(item, "{}");
  const reader = open();
  const env = { PATH: process.env["PATH"] };
  for (let kill = 0; kill < kills; kill += 1) {
    const writer = spawn(process.execPath, [child, "write", folder, "correct horse", `${last + 1}`], { env });
    await once(writer.stdout, "data");
    // Any moment is as good as another; spread over the milliseconds that a few writes take.
    await delay(Math.random() * 6);
    writer.kill("SIGKILL");
    await once(writer, "exit");
    const value = (await reader.read("shared")) ?? "";
    const count = Number.parseInt(value, 10);
    assert.ok(count > last, `${count} after ${last}`);
    assert.equal(value, `${count} `.repeat(2000));
    last = count;
  }
  assert.equal(await reader.read(item.name), "{}");
  t.diagnostic(
    `left behind by ${kills} kills: ${readdirSync(folder).filter((file) => file.endsWith(".tmp")).length} files`,
  );
});
