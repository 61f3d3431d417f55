import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { promisify } from "node:util";
import { NoPassphrase, WrongPassphrase } from "../../src/store/file/passphrase.ts";
import type { UserError } from "../../src/system/user-error.ts";
import { foundOnDisk } from "../support/canary.ts";
import { killPointsOf, runKilledAt } from "../support/killed.ts";
import { type LockedRoom, lockedRoom } from "../support/locked-room.ts";
import { type RunningAgent, startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

const skip = withoutSshAgent();
const item = { name: "session/a", label: "session of a" };
const child = join(import.meta.dirname, "slots-child.js");
const run = promisify(execFile);
const path = { PATH: process.env["PATH"] };

const byPassphrase = { kind: "passphrase" } as const;
const byAgent = { kind: "ssh-agent" } as const;

/** A store with an item, which the passphrase "old" opens. */
async function storeOf(t: TestContext): Promise<LockedRoom> {
  const room = lockedRoom(t);
  await room.open({ passphrase: "old" }).write(item, "{}");
  return room;
}

async function agentWithKeys(t: TestContext, ...names: string[]): Promise<RunningAgent> {
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  for (const name of names) agent.add("-q", agent.makeKey(name));
  return agent;
}

const read = (room: LockedRoom, passphrase: string) => room.open({ passphrase }).read(item.name);

test("a store is set up by its first slot, and a passphrase is taken for it once", async (t) => {
  const room = lockedRoom(t);
  const store = room.open({ passphrase: "old" });
  assert.deepEqual(await store.unlocking.slots(), []);
  const slot = await store.unlocking.add(byPassphrase);
  assert.deepEqual(slot, { kind: "passphrase", id: slot.id, memoryBytes: 2 ** 20 });
  await store.write(item, "{}");
  assert.deepEqual(room.questions, ["create"]);
  assert.deepEqual(await room.open().unlocking.slots(), [slot]);
  assert.equal(await read(room, "old"), "{}");
});

test("a second passphrase opens as the first does, and the first can go", async (t) => {
  const room = await storeOf(t);
  const { unlocking } = room.open({ passphrase: "old", further: "new" });
  const [old] = await unlocking.slots();
  const added = await unlocking.add(byPassphrase);
  assert.equal(await read(room, "old"), "{}");
  assert.equal(await read(room, "new"), "{}");
  // In the process that made the new one, it need not be given again.
  await unlocking.remove(old?.id ?? "");
  assert.deepEqual(await unlocking.slots(), [added]);
  await assert.rejects(read(room, "old"), WrongPassphrase);
  assert.equal(await read(room, "new"), "{}");
});

test("a new slot needs the store opened first, and nothing new is asked for without", async (t) => {
  const room = await storeOf(t);
  const before = readFileSync(room.keyFile);
  room.questions.length = 0;
  await assert.rejects(
    room.open({ passphrase: "wrong", further: "new" }).unlocking.add(byPassphrase),
    WrongPassphrase,
  );
  assert.deepEqual(room.questions, ["unlock", "unlock"]);
  await assert.rejects(room.open({ further: "new" }).unlocking.add(byPassphrase), NoPassphrase);
  assert.deepEqual(readFileSync(room.keyFile), before);
});

test("the last slot cannot be removed, nor one without which the store does not open now", async (t) => {
  const room = await storeOf(t);
  const [only] = await room.open().unlocking.slots();
  const remove = (id: string | undefined, passphrase?: string) =>
    room.open({ ...(passphrase === undefined ? {} : { passphrase }) }).unlocking.remove(id ?? "");
  await assert.rejects(remove(only?.id, "old"), /the last way to open the file store cannot be removed/);
  await assert.rejects(remove("nothing", "old"), (error: UserError) => {
    assert.match(error.message, /has no slot "nothing"/);
    assert.deepEqual(error.hints, [`it has: ${only?.id}`]);
    return true;
  });
  const added = await room.open({ passphrase: "old", further: "new" }).unlocking.add(byPassphrase);
  const before = readFileSync(room.keyFile);
  // "old" opens the store, but what would be left is "new".
  await assert.rejects(remove(only?.id, "old"), (error: UserError) => {
    assert.match(
      error.message,
      /^not removed, as the others do not open the file store now: the given passphrase is wrong/,
    );
    return true;
  });
  await assert.rejects(remove(only?.id), /^Error: not removed|not removed, .*nobody to ask/);
  assert.deepEqual(readFileSync(room.keyFile), before);
  await remove(only?.id, "new");
  assert.deepEqual(await room.open().unlocking.slots(), [added]);
  await assert.rejects(lockedRoom(t).open().unlocking.remove("any"), /is not set up/);
});

test("a slot is not removed when the way that is left was removed meanwhile", async (t) => {
  const room = await storeOf(t);
  await room.open({ passphrase: "old", further: "second" }).unlocking.add(byPassphrase);
  await room.open({ passphrase: "old", further: "third" }).unlocking.add(byPassphrase);
  const [old = "", second = ""] = room.slots().map((slot) => String(slot["id"]));
  const meanwhile = () => room.open({ passphrase: "third" }).unlocking.remove(second);
  await assert.rejects(
    room.open({ passphrase: "second", meanwhile }).unlocking.remove(old),
    /was replaced by another one while it was open here/,
  );
  assert.equal(room.slots().length, 2);
  assert.equal(await read(room, "old"), "{}");
});

test("slots that nobody here knows are kept, are told as such, and do not count as a way to open", async (t) => {
  const room = await storeOf(t);
  const content = JSON.parse(readFileSync(room.keyFile, "utf8"));
  const foreign = [
    { kind: "tpm", id: "t1", handle: 7 },
    { kind: "passphrase", id: "argon", kdf: "argon2" },
    null,
  ];
  writeFileSync(
    room.keyFile,
    JSON.stringify({ ...content, later: "field", slots: [...content.slots, ...foreign] }),
  );
  const { unlocking } = room.open({ passphrase: "old", further: "new" });
  const [first, ...others] = await unlocking.slots();
  assert.deepEqual(others, [
    { kind: "unknown", id: "t1" },
    { kind: "unknown", id: "argon" },
    { kind: "unknown", id: "number-3" },
  ]);
  await assert.rejects(unlocking.remove(first?.id ?? ""), /the last way/);
  await unlocking.add(byPassphrase);
  assert.deepEqual(room.slots().slice(1, 4), foreign);
  assert.equal(JSON.parse(readFileSync(room.keyFile, "utf8")).later, "field");
  await unlocking.remove("t1");
  assert.deepEqual(room.slots().slice(1, 3), foreign.slice(1));
  assert.equal(await read(room, "new"), "{}");
});

test("a key that opens the store already gets its slot anew", { skip }, async (t) => {
  const agent = await agentWithKeys(t, "key");
  const room = await storeOf(t);
  const open = () => room.open({ ...agent, passphrase: "old" }).unlocking;
  const first = await open().add(byAgent);
  // Also where the slot that is there is spoiled.
  room.edit((slot) => (slot["kind"] === "ssh-agent" ? { ...slot, sealed: "AAAA" } : slot));
  const second = await open().add(byAgent);
  assert.notEqual(first.id, second.id);
  assert.deepEqual((await open().slots()).map(({ id }) => id).slice(1), [second.id]);
  assert.equal(await room.open(agent).read(item.name), "{}");
});

test("a store that the agent opens takes AWS_AS_PASSPHRASE for its first passphrase", { skip }, async (t) => {
  const agent = await agentWithKeys(t, "key");
  const room = lockedRoom(t);
  await room.open(agent).unlocking.add(byAgent);
  await room.open({ ...agent, passphrase: "first" }).unlocking.add(byPassphrase);
  assert.deepEqual(room.questions, ["create"]);
  await room.open(agent).write(item, "{}");
  assert.equal(await read(room, "first"), "{}");
});

test("a file that was written before there were several slots opens, and takes new ones", {
  skip,
}, async (t) => {
  const room = lockedRoom(t);
  mkdirSync(room.folder, { mode: 0o700 });
  // By aws-as 0.1.0 at the commit "isSetUp of the file store moves to its lock"; the passphrase is "correct horse".
  writeFileSync(
    room.keyFile,
    `{"version":1,"id":"2293db4eb0cd577e","slots":[{"kind":"passphrase","id":"998ee231","N":1024,"r":8,"p":1,
    "salt":"j4OBcYUOfKDWeCIprhkyfA==","nonce":"LyYglDWHo6ZnWG/J",
    "sealed":"tILt/VKlzDxDCYblnDewULzndoFpy4GCPDjWlBw/thueoBWsLaYvFF816tx1twMj"}]}`,
  );
  writeFileSync(
    join(room.folder, "1d94199747cbc0ec38c7ecbe6ee3238a3ede3130c0dcf5f218b4d4f8308e9d00.json"),
    `{"version":1,"name":"session/a","label":"session of a","key":"2293db4eb0cd577e","nonce":"4LSwxWdzmmyoHAp2",
    "sealed":"I0T/69vPObYDFpK2ac93aHibuVgQzqZ29l3jyB0tJIG5"}`,
  );
  assert.equal(await read(room, "correct horse"), '{"from":"before"}');
  await assert.rejects(read(room, "else"), WrongPassphrase);
  const agent = await agentWithKeys(t, "key");
  await room.open({ ...agent, passphrase: "correct horse" }).unlocking.add(byAgent);
  assert.equal(await room.open(agent).read(item.name), '{"from":"before"}');
  assert.equal(await read(room, "correct horse"), '{"from":"before"}');
});

test("where nothing can be written the slots stay as they are, and the file is named", async (t) => {
  const room = await storeOf(t);
  const before = readFileSync(room.keyFile);
  const args = [process.execPath, child, room.folder, "passphrase"];
  // Root writes everywhere, so it lets somebody else try.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) execFileSync("chown", ["-R", "65534", dirname(room.folder)]);
  chmodSync(room.folder, 0o500);
  const [program = "", ...words] = isRoot ? ["setpriv", "--reuid", "65534", "--clear-groups", ...args] : args;
  await assert.rejects(
    run(program, words, { env: { ...path, OLD: "old", NEW: "new" } }),
    /cannot write ".*master-key.json": permission denied/,
  );
  assert.deepEqual(readFileSync(room.keyFile), before);
});

test("a folder that others can write to is refused before anything is changed", async (t) => {
  const room = await storeOf(t);
  const [slot] = await room.open().unlocking.slots();
  chmodSync(room.folder, 0o777);
  const { unlocking } = room.open({ passphrase: "old", further: "new" });
  for (const use of [
    () => unlocking.add(byPassphrase),
    () => unlocking.remove(slot?.id ?? ""),
    () => unlocking.slots(),
  ]) {
    await assert.rejects(use, /other users can write to the folder/);
  }
  assert.throws(() => unlocking.isSetUp(), /other users can write/);
});

test("of many slots that are added at once none is lost", { skip }, async (t) => {
  const names = ["one", "two", "three", "four", "five", "six"];
  const agent = await agentWithKeys(t, ...names);
  for (const setUp of [true, false]) {
    const room = setUp ? await storeOf(t) : lockedRoom(t);
    const env = { ...path, SSH_AUTH_SOCK: agent.socket, OLD: "old", NEW: "new" };
    await Promise.all([
      ...names.map((name) => run(process.execPath, [child, room.folder, "ssh-agent", name], { env })),
      ...[1, 2].map(() => run(process.execPath, [child, room.folder, "passphrase"], { env })),
    ]);
    const slots = await room.open().unlocking.slots();
    assert.deepEqual(
      slots.flatMap((slot) => (slot.kind === "ssh-agent" ? [slot.comment] : [])).toSorted(),
      names.toSorted(),
    );
    assert.equal(slots.length, names.length + (setUp ? 3 : 2));
    await room.open({ ...agent }).write(item, "{}");
    for (const name of names) {
      agent.add("-q", "-D");
      agent.add("-q", name);
      assert.equal(await room.open(agent).read(item.name), "{}", name);
    }
    agent.add("-q", ...names);
    assert.deepEqual(
      readdirSync(room.folder).filter((file) => file.endsWith(".tmp")),
      [],
    );
  }
});

test("two that each remove the other's slot leave one", async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const room = await storeOf(t);
    await room.open({ passphrase: "old", further: "new" }).unlocking.add(byPassphrase);
    const [first = "", second = ""] = room.slots().map((slot) => String(slot["id"]));
    const ends = await Promise.allSettled([
      run(process.execPath, [child, room.folder, "remove", first], { env: { ...path, OLD: "new" } }),
      run(process.execPath, [child, room.folder, "remove", second], { env: { ...path, OLD: "old" } }),
    ]);
    assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
    const [left] = room.slots();
    assert.equal(room.slots().length, 1);
    assert.equal(await read(room, left?.["id"] === first ? "old" : "new"), "{}");
  }
});

test("killed at any step of a change, the slots are the old ones or the new ones, and the next change completes", {
  skip: process.platform === "linux" ? skip : "strace is for Linux",
}, async (t) => {
  const agent = await agentWithKeys(t, "key");
  const secrets = { OLD: "canary-of-the-old", NEW: "canary-of-the-new" };
  const env = { ...path, ...secrets, SSH_AUTH_SOCK: agent.socket };
  /** The store with the passphrase, whose second one is also there where it is to be removed. */
  const begin = async (verb: string): Promise<{ room: LockedRoom; args: string[]; before: string }> => {
    const room = lockedRoom(t);
    const { unlocking, ...store } = room.open({ passphrase: secrets.OLD, further: secrets.NEW });
    if (verb !== "create") await store.write(item, "{}");
    if (verb === "remove") await unlocking.add(byPassphrase);
    const words = {
      create: ["passphrase"],
      passphrase: ["passphrase"],
      "ssh-agent": ["ssh-agent", "key"],
      remove: ["remove", verb === "remove" ? String(room.slots()[1]?.["id"]) : ""],
    }[verb];
    const before = verb === "create" ? "" : readFileSync(room.keyFile, "utf8");
    return { room, args: [child, room.folder, ...(words ?? [])], before };
  };
  const changes = { create: 1, passphrase: 2, "ssh-agent": 2, remove: 1 } as const;
  let kills = 0;
  const lanes = Object.entries(changes).map(async ([verb, count]) => {
    const points = await killPointsOf(
      { words: [process.execPath, ...(await begin(verb)).args], env },
      { unseen: true },
    );
    assert.ok(points.length > 3, `${verb}: ${points.length} states`);
    for (const point of points) {
      const { room, args, before } = await begin(verb);
      const { signal } = await runKilledAt({ words: [process.execPath, ...args], env }, point);
      const where = `${verb}, killed after ${point.after}`;
      assert.equal(signal, "SIGKILL", where);
      kills += 1;
      const isNew = room.open().unlocking.isSetUp() && readFileSync(room.keyFile, "utf8") !== before;
      if (isNew) assert.equal(room.slots().length, count, where);
      if (isNew || before !== "") {
        await room.open({ passphrase: secrets.OLD }).write({ name: "after", label: "after" }, "{}");
      }
      if (before !== "") assert.equal(await read(room, secrets.OLD), "{}", where);
      for (const secret of existsSync(room.folder) ? Object.values(secrets) : []) {
        assert.deepEqual(foundOnDisk(room.folder, secret), [], where);
      }
      if (!isNew) {
        await run(process.execPath, args, { env });
        assert.equal(room.slots().length, count, where);
      }
      rmSync(room.folder, { recursive: true, force: true });
    }
  });
  await Promise.all(lanes);
  t.diagnostic(`killed in ${kills} states`);
});
