import assert from "node:assert/strict";
import test from "node:test";
import { planMigration, type Source } from "../../../src/commands/store/plan-migration.ts";
import { noteFinished, runMigration, unfinishedItems } from "../../../src/commands/store/run-migration.ts";
import {
  ItemDamaged,
  type SecretStore,
  type StoredItem,
  type StoreKind,
} from "../../../src/store/secret-store.ts";
import type { Notes } from "../../../src/system/files/notes.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { memoryNotes } from "../../support/memory-notes.ts";
import { type MemoryStore, memoryStore } from "../../support/memory-store.ts";

const now = 1_000_000;
const key: StoredItem = {
  name: "long-term key AKIA1",
  label: "key of user u (…KIA1)",
  createdAt: 3,
  addedAt: 4,
};
const session: StoredItem = { name: "session 1", label: "session of role r", expiresAt: now + 10 };
const ended: StoredItem = { name: "session 0", label: "session of role old", expiresAt: now };

interface World {
  readonly stores: Readonly<Record<StoreKind, MemoryStore>>;
  used: StoreKind;
  /** What was told, warnings marked. */
  readonly told: string[];
  readonly notes: Notes;
  migrate(to: StoreKind, more?: { unlisted?: StoredItem[]; hooks?: Hooks }): Promise<void>;
}

/** What another process does meanwhile. */
interface Hooks {
  readonly beforeSwitch?: () => void | Promise<void>;
  readonly afterSwitch?: () => void | Promise<void>;
  /** Called before every call of a store. */
  readonly everyCall?: () => void;
}

/** Stores in memory, of which the keychain is used and holds a key and two sessions. */
function world(): World {
  const stores = { keychain: memoryStore("keychain"), file: memoryStore("file"), pass: memoryStore("pass") };
  stores.keychain.put(key, '{"key":1}');
  stores.keychain.put(session, '{"session":1}');
  stores.keychain.put(ended, '{"session":0}');
  const notes = memoryNotes();
  const self: World = {
    stores,
    notes,
    used: "keychain",
    told: [],
    migrate: async (to, { unlisted = [], hooks = {} } = {}) => {
      const counted = (store: SecretStore): SecretStore => {
        const call = async <T>(work: () => Promise<T>): Promise<T> => {
          hooks.everyCall?.();
          return await work();
        };
        return {
          kind: store.kind,
          read: (name) => call(() => store.read(name)),
          write: (item, value) => call(() => store.write(item, value)),
          remove: (name) => call(() => store.remove(name)),
          list: () => store.list(),
        };
      };
      const sources: Source[] = [];
      const unfinished = await unfinishedItems(to, notes);
      for (const kind of ["keychain", "file", "pass"] as const) {
        const inUse = kind === self.used;
        if (kind === to || !(inUse || unfinished.has(kind))) continue;
        const all = await stores[kind].list();
        const items = inUse ? all : all.filter(({ name }) => unfinished.get(kind)?.has(name));
        sources.push({ kind, inUse, items, unlisted: inUse ? unlisted : [] });
      }
      const steps = planMigration({ to, sources, isSet: self.used === to, now });
      await runMigration(steps, sources, {
        target: counted(stores[to]),
        storeOf: async (kind) => counted(stores[kind]),
        switchTo: async (kind) => {
          await hooks.beforeSwitch?.();
          hooks.everyCall?.();
          self.used = kind;
          await hooks.afterSwitch?.();
        },
        notes,
        say: (sentence) => void self.told.push(sentence),
        warn: (sentence) => void self.told.push(`warning: ${sentence}`),
      });
      await noteFinished(notes);
    },
  };
  return self;
}

const namesIn = (store: MemoryStore) => [...store.contents.keys()].sort();

test("the key is in the other store, as it was, and nothing in the first: sessions are forgotten", async () => {
  const { migrate, stores, told } = world();
  await migrate("file");
  assert.deepEqual(stores.file.contents.get(key.name), { item: key, value: '{"key":1}' });
  assert.deepEqual(namesIn(stores.file), [key.name]);
  assert.deepEqual(namesIn(stores.keychain), []);
  assert.deepEqual(told, [
    "moved the key of user u (…KIA1) from the keychain to the file store",
    "forgot 1 session in the keychain; the next call may ask for an MFA code",
  ]);
});

test("interrupted before any call, a second run ends well, and no key is ever without a place", async () => {
  let calls = 0;
  const everyCall = () => {
    calls += 1;
  };
  await world().migrate("file", { hooks: { everyCall } });
  assert.ok(calls >= 8, `${calls} calls`);
  for (let last = 0; last < calls; last += 1) {
    const self = world();
    const { stores } = self;
    let left = last;
    const everyCall = () => {
      const isInFile = stores.file.contents.get(key.name)?.value === '{"key":1}';
      const isInKeychain = stores.keychain.contents.get(key.name)?.value === '{"key":1}';
      assert.ok(self.used === "file" ? isInFile : isInKeychain, `before call ${last - left}`);
      if (left === 0) throw new Error("killed");
      left -= 1;
    };
    await assert.rejects(self.migrate("file", { hooks: { everyCall } }), /killed/);
    await self.migrate("file");
    assert.equal(self.used, "file");
    assert.deepEqual(namesIn(stores.file), [key.name], `after a kill at call ${last}`);
    assert.deepEqual(namesIn(stores.keychain), [], `after a kill at call ${last}`);
  }
});

test("a session that a call writes into the old store meanwhile stays there, and no later call finds it", async () => {
  const { migrate, stores, told } = world();
  const late = { name: "session 2", label: "session of role q", expiresAt: now + 5 };
  await migrate("file", { hooks: { afterSwitch: () => stores.keychain.put(late, "{}") } });
  assert.deepEqual(namesIn(stores.file), [key.name]);
  assert.deepEqual(namesIn(stores.keychain), [late.name]);
  assert.ok(!told.join().includes("session of role q"));
});

test("what the target has is left alone, sessions as well", async () => {
  const { migrate, stores } = world();
  stores.file.put(session, "{}");
  await migrate("file");
  assert.deepEqual(stores.file.contents.get(session.name), { item: session, value: "{}" });
  assert.deepEqual(namesIn(stores.file), [key.name, session.name]);
});

test("a key that vanishes from the old store while it is moved stays in the new one", async () => {
  const { migrate, stores } = world();
  await migrate("file", {
    hooks: { afterSwitch: async () => void (await stores.keychain.remove(key.name)) },
  });
  assert.deepEqual(namesIn(stores.file), [key.name]);
});

/** Asserts that a migration stops before the switch and removes nothing. */
async function assertStops(self: World, message: RegExp, more: Parameters<World["migrate"]>[1] = {}) {
  const before = namesIn(self.stores.keychain);
  await assert.rejects(self.migrate("file", more), (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    return true;
  });
  assert.equal(self.used, "keychain");
  assert.deepEqual(namesIn(self.stores.keychain), before);
}

test("where a key stops everything, no copies stay behind", async () => {
  const self = world();
  const { keychain, file } = self.stores;
  const other = { name: "long-term key AKIA2", label: "key 2" };
  keychain.put(other, '{"key":2}');
  file.put({ name: "mine", label: "mine" }, "{}");
  keychain.before("read", (name) => {
    if (name === other.name) throw new ItemDamaged("it is cut short");
  });
  await assertStops(self, /^the key 2 in the keychain cannot be opened/);
  assert.deepEqual(namesIn(file), ["mine"]);
  assert.ok(file.writes.includes(key.name));
});

test("two different keys of one name stop everything before the switch", async () => {
  const self = world();
  self.stores.file.put(key, '{"key":2}');
  await assertStops(
    self,
    /^the keychain and the file store hold different secrets as the key of user u .*nothing was removed/,
  );
  assert.equal(self.stores.file.contents.get(key.name)?.value, '{"key":2}');
});

test("a key that cannot be opened stops everything before the switch", async () => {
  for (const listed of [true, false]) {
    const self = world();
    if (!listed) await self.stores.keychain.remove(key.name);
    self.stores.keychain.before("read", (name) => {
      if (name === key.name) throw new ItemDamaged("it is cut short");
    });
    await assertStops(
      self,
      /^the key of user u .* in the keychain cannot be opened: it is cut short; nothing was removed/,
      {
        unlisted: listed ? [] : [key],
      },
    );
  }
});

test("a key that is listed and not there stops everything before the switch", async () => {
  const self = world();
  const { keychain } = self.stores;
  const read = keychain.read;
  Object.assign(keychain, { read: async (name: string) => (name === key.name ? undefined : read(name)) });
  await assertStops(self, /is listed by the keychain, and is not in it/);
});

test("a key that the configuration names and no store holds stops nothing", async () => {
  const { migrate, stores } = world();
  await migrate("file", { unlisted: [{ name: "long-term key AKIA2", label: "key 2" }] });
  assert.deepEqual(namesIn(stores.file), [key.name]);
});

test("a key that the old store has lost from its list is moved as well", async () => {
  const { migrate, stores } = world();
  const other = { name: "long-term key AKIA2", label: "key 2" };
  stores.keychain.put(other, '{"key":2}');
  const list = stores.keychain.list;
  Object.assign(stores.keychain, {
    list: async () => (await list()).filter(({ name }) => name !== other.name),
  });
  await migrate("file", { unlisted: [other] });
  assert.equal(stores.file.contents.get(other.name)?.value, '{"key":2}');
  assert.deepEqual(namesIn(stores.keychain), []);
});

test("a session that cannot be opened is forgotten as any other", async () => {
  const { migrate, stores } = world();
  stores.keychain.before("read", (name) => {
    if (name === session.name) throw new ItemDamaged("it is cut short");
  });
  await migrate("file");
  assert.deepEqual([namesIn(stores.file), namesIn(stores.keychain)], [[key.name], []]);
});

test("a damaged key with a good copy in the target is left there and told of", async () => {
  const { migrate, stores, told } = world();
  stores.file.put(key, '{"key":1}');
  stores.keychain.before("read", (name) => {
    if (name === key.name) throw new ItemDamaged("it is cut short");
  });
  await migrate("file");
  assert.deepEqual([namesIn(stores.file), namesIn(stores.keychain)], [[key.name], [key.name]]);
  assert.deepEqual(
    told.filter((line) => line.startsWith("warning: ")),
    [
      "warning: the key of user u (…KIA1) in the keychain cannot be opened: it is cut short; it is left there",
    ],
  );
});

test("a key whose copy in the target is damaged is written again", async () => {
  const { migrate, stores } = world();
  stores.file.put(key, "{}");
  stores.file.before("read", (name) => {
    if (name === key.name && stores.file.writes.length === 0) throw new ItemDamaged("it is cut short");
  });
  await migrate("file");
  assert.equal(stores.file.contents.get(key.name)?.value, '{"key":1}');
  assert.deepEqual(namesIn(stores.keychain), []);
});

test("a key whose removal was interrupted goes from the list of the old store", async () => {
  const { migrate, stores } = world();
  stores.file.put(key, '{"key":1}');
  const { read } = stores.keychain;
  Object.assign(stores.keychain, {
    read: async (name: string) => (name === key.name ? undefined : read(name)),
  });
  await migrate("file");
  assert.deepEqual([namesIn(stores.file), namesIn(stores.keychain)], [[key.name], []]);
});

test("a target that gives back something else stops everything before the switch", async () => {
  for (const value of ['{"key":9}', undefined]) {
    const self = world();
    const { file } = self.stores;
    const read = file.read;
    Object.assign(file, {
      read: async (name: string) => ((await read(name)) === undefined ? undefined : value),
    });
    await assertStops(self, /^the file store did not give back the key of user u .* that was written to it/);
  }
});

test("a target that does not list the keys it took stops everything before the switch", async () => {
  const self = world();
  Object.assign(self.stores.file, { list: async () => [] });
  await assertStops(self, /^the file store does not list the key of user u/);
});

test("a key that the target holds and does not list is written once more", async () => {
  const { migrate, stores } = world();
  stores.file.put(key, '{"key":1}');
  const list = stores.file.list;
  const { writes } = stores.file;
  Object.assign(stores.file, {
    list: async () => (await list()).filter(({ name }) => writes.includes(name)),
  });
  await migrate("file");
  assert.deepEqual(writes, [key.name]);
  assert.deepEqual(namesIn(stores.keychain), []);
});

test("a store in use that fails stops everything before the switch", async () => {
  const self = world();
  self.stores.keychain.fail("read", new UserError("the keychain is locked"));
  await assertStops(self, /^the keychain is locked$/);
});

test("a target that cannot be written to stops everything before the switch", async () => {
  const self = world();
  self.stores.file.fail("write", new UserError("the disk is full"));
  await assertStops(self, /^the disk is full$/);
});

test("an unfinished store that fails is left alone and told of, and the exit says so", async () => {
  const { migrate, stores, told, notes } = world();
  stores.pass.put({ name: "long-term key AKIA5", label: "key five" }, "{}");
  stores.pass.fail("read", new UserError("gpg does not answer"));
  await notes.write("migration", { to: "file", from: { pass: ["long-term key AKIA5"] } });
  await assert.rejects(migrate("file"), {
    message: "every long-term key is in the file store, but not all could be removed from the password store",
  });
  assert.deepEqual(namesIn(stores.file), [key.name]);
  assert.deepEqual(namesIn(stores.keychain), []);
  assert.ok(told.includes("warning: what is in the password store stays there: gpg does not answer"));
});

test("an old store that fails after the switch is told of, and a later run clears it", async () => {
  const self = world();
  const { keychain, file } = self.stores;
  keychain.fail("remove", new UserError("the keychain is locked"));
  await assert.rejects(
    self.migrate("file"),
    /^UserError: every long-term key is in the file store, but not all could be/,
  );
  assert.equal(self.used, "file");
  assert.deepEqual(namesIn(file), [key.name]);
  keychain.fail("remove", undefined);
  await self.migrate("file");
  assert.deepEqual(namesIn(keychain), []);
});

test("what an interrupted run was removing comes along", async () => {
  const { migrate, stores, notes } = world();
  const other = { name: "long-term key AKIA2", label: "key 2" };
  stores.pass.put(other, '{"key":2}');
  await notes.write("migration", {
    to: "file",
    from: { pass: [other.name, 5], moon: ["long-term key AKIA3"] },
  });
  await migrate("file");
  assert.deepEqual(namesIn(stores.file), [key.name, other.name]);
  assert.deepEqual(namesIn(stores.pass), []);
  assert.equal(await notes.read("migration"), undefined);
});

test("attack-01: what came into a store since a run was interrupted stays there", async () => {
  const self = world();
  const { keychain, pass } = self.stores;
  keychain.fail("remove", new UserError("the keychain is locked"));
  await assert.rejects(self.migrate("file"), /not all could be removed/);
  keychain.fail("remove", undefined);
  // Other machines share that store, or the person uses it under AWS_AS_STORE.
  const since = { name: "long-term key AKIA2", label: "key 2" };
  keychain.put(since, '{"key":2}');
  await self.migrate("file");
  assert.deepEqual([namesIn(self.stores.file), namesIn(keychain)], [[key.name], [since.name]]);
  // Nor does a run to another store go on with it.
  await self.notes.write("migration", { to: "file", from: { keychain: [since.name] } });
  await self.migrate("pass");
  assert.deepEqual([namesIn(pass), namesIn(keychain)], [[key.name], [since.name]]);
});

test("a store that no run was emptying is left alone: others may use it", async () => {
  const { migrate, stores, notes } = world();
  const other = { name: "long-term key AKIA2", label: "key 2" };
  stores.pass.put(other, '{"key":2}');
  for (const note of [{ pass: "all" }, { to: "file", from: { pass: "all" } }, { to: "file", from: 5 }]) {
    await notes.write("migration", note);
    await migrate("file");
    assert.deepEqual([namesIn(stores.file), namesIn(stores.pass)], [[key.name], [other.name]]);
  }
});

test("a second migration does nothing", async () => {
  const self = world();
  await self.migrate("file");
  self.told.length = 0;
  await self.migrate("file");
  assert.deepEqual(self.told, []);
});
