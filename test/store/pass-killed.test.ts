import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { passStore } from "../../src/store/pass/pass.ts";
import type { SecretStore } from "../../src/store/secret-store.ts";
import { systemClock } from "../../src/system/clock.ts";
import { ended } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { killPointsOf, runKilledAt, someOf } from "../support/killed.ts";
import { withoutLong } from "../support/long.ts";
import { type PasswordStoreRoom, passwordStore, withoutPass } from "../support/password-store.ts";
import { processes } from "../support/pty.ts";

const skip = withoutPass();
const child = resolve(import.meta.dirname, "pass-child.js");

interface Victim {
  readonly room: PasswordStoreRoom;
  readonly folder: string;
  readonly name: string;
  open(): SecretStore;
  /** Asserts that the item is one of those documents, whole; answers which. */
  assertWhole(among: readonly number[], when: string): Promise<number>;
  /** One write by another process that nobody kills. */
  write(count: number): Promise<void>;
  /** Asserts that a next write works, tidies up, and that nothing of any document is readable on the disk. */
  assertClean(): Promise<void>;
}

async function victim(t: TestContext, name: string): Promise<Victim> {
  const made = passwordStore({ ...(name.startsWith("key") && { git: true }) });
  t.after(() => made.remove());
  const folder = join(made.path, "pass-index");
  const temporary = join(made.path, "tmp");
  const room = { ...made, environment: { ...made.environment, TMPDIR: temporary } };
  const { environment, path: home } = room;
  const open = () => passStore({ folder, environment, home, userId: process.getuid?.(), clock: systemClock });
  const sharedMemory = foldersOfPass();
  const it: Victim = {
    room,
    folder,
    name,
    open,
    assertWhole: async (among, when) => {
      const text = await open().read(name);
      assert.ok(text !== undefined, `${when}: absent`);
      const { of, filler } = JSON.parse(text) as Record<string, string>;
      assert.equal(filler, `${of} `.repeat(2000), when);
      assert.ok(among.includes(Number(of)), `${when}: ${of} of ${among}`);
      return Number(of);
    },
    write: async (count) => {
      const words = [child, "once", folder, name, String(count)];
      const { status, stderr } = await ended(spawn(process.execPath, words, { env: environment }));
      assert.deepEqual([status, stderr], [0, ""]);
    },
    assertClean: async () => {
      for (const file of filesBelow(room.store)) {
        if (file.includes("/.new-")) utimesSync(file, 0, 0);
      }
      for (let writes = 0; writes < 40; writes += 1) {
        await it.write(7_000_000 + writes);
        if (!filesBelow(room.store).some((file) => file.includes("/.new-"))) break;
      }
      await it.assertWhole(
        [...Array(40).keys()].map((writes) => 7_000_000 + writes),
        "in the end",
      );
      assert.deepEqual(
        (await open().list()).map((item) => item.name),
        [name],
      );
      assert.deepEqual(
        filesBelow(room.store).filter((file) => file.includes("/.new-")),
        [],
      );
      const plain = filesBelow(room.path).filter((file) => readFileSync(file).includes('"filler"'));
      assert.deepEqual(plain, []);
      assert.deepEqual(foldersOfPass(), sharedMemory);
    },
  };
  await it.write(0);
  return it;
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/** Where `pass edit` puts what it has decrypted. */
function foldersOfPass(): string[] {
  try {
    return readdirSync("/dev/shm").filter((name) => name.startsWith("pass."));
  } catch {
    return [];
  }
}

/** The processes that a process started, and those that they did. */
function descendants(pid: number): number[] {
  const all = processes();
  const below = (parent: number): number[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(pid);
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Ended meanwhile.
    }
  }
}

async function startWriter({ room, folder, name }: Victim, from: number): Promise<ChildProcess> {
  const words = [child, "write", folder, name, String(from)];
  const writer = spawn(process.execPath, words, {
    env: room.environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await Promise.race([once(writer.stdout ?? writer, "data"), once(writer, "exit")]);
  return writer;
}

const whoDies: readonly (readonly [string, (writer: number) => number[]])[] = [
  ["the writer alone, while pass and gpg go on", (writer) => [writer]],
  ["the writer and all that it started", (writer) => [writer, ...descendants(writer)]],
  ["only what it started", (writer) => descendants(writer)],
];

for (const [who, pids] of whoDies) {
  test(`kill -9 of ${who} at 40 moments loses no item`, { skip: skip || withoutLong() }, async (t) => {
    const it = await victim(t, "key a");
    for (let point = 1; point <= 40; point += 1) {
      const from = point * 10_000;
      const writer = await startWriter(it, from);
      // A write takes about as long.
      await delay((point / 40) * 120);
      const exit = writer.exitCode === null && writer.signalCode === null ? once(writer, "exit") : undefined;
      kill(pids(writer.pid ?? 0));
      await delay(5);
      kill([writer.pid ?? 0]);
      await exit;
      const counts = [...Array(1000).keys()].map((count) => from + count);
      await it.assertWhole(counts, `${who} ${point}`);
    }
    await it.assertClean();
  });
}

for (const name of ["key a", "role a"]) {
  test(`kill -9 right before what changes something, in a write and in what it starts: ${name}`, {
    skip,
  }, async (t) => {
    if (!installed("strace", t)) return;
    const it = await victim(t, name);
    const write = (count: number) => ({
      words: [process.execPath, child, "once", it.folder, name, String(count)],
      env: it.room.environment,
    });
    // One that the write starts by itself would be waited for by strace.
    spawnSync("gpg-connect-agent", ["/bye"], { env: it.room.environment });
    const all = await killPointsOf(write(1), { among: "all" });
    assert.ok(all.length >= 12, `${all.length} states`);
    const points = someOf(t, all);
    let last = 1;
    let killed = 0;
    for (const [at, point] of points.entries()) {
      const { status } = await runKilledAt(write(at + 2), point);
      if (status !== 0) killed += 1;
      last = await it.assertWhole([last, at + 2], `${point.call} ${point.nth}`);
    }
    t.diagnostic(`${killed} of ${points.length} were killed`);
    assert.ok(killed >= points.length / 2, `${killed} of ${points.length} were killed`);
    await it.assertClean();
  });
}
