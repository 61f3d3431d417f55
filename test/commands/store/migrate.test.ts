import assert from "node:assert/strict";
import test from "node:test";
import { planMigration, type Source } from "../../../src/commands/store/plan-migration.ts";
import { carryOut } from "../../../src/commands/store/run-migration.ts";
import {
  ItemDamaged,
  type SecretStore,
  type StoredItem,
  type StoreKind,
} from "../../../src/store/secret-store.ts";
import { UserError } from "../../../src/system/user-error.ts";
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

/** A session's document that says when it ends. */
const record = (what: string, expiresAt: number) =>
  JSON.stringify({
    version: 1,
    accessKeyId: what,
    secretAccessKey: "s",
    sessionToken: "t",
    obtainedAt: 1,
    expiresAt,
  });

interface World {
  readonly stores: Readonly<Record<StoreKind, MemoryStore>>;
  used: StoreKind;
  /** What was told, warnings marked. */
  readonly told: string[];
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
  const self: World = {
    stores,
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
      for (const kind of ["keychain", "file", "pass"] as const) {
        if (kind === to) continue;
        const inUse = kind === self.used;
        sources.push({ kind, inUse, items: await stores[kind].list(), unlisted: inUse ? unlisted : [] });
      }
      const steps = planMigration({ to, sources, isSet: self.used === to, now });
      await carryOut(steps, sources, {
        target: counted(stores[to]),
        storeOf: async (kind) => counted(stores[kind]),
        switchTo: async (kind) => {
          await hooks.beforeSwitch?.();
          hooks.everyCall?.();
          self.used = kind;
          await hooks.afterSwitch?.();
        },
        say: (sentence) => void self.told.push(sentence),
        warn: (sentence) => void self.told.push(`warning: ${sentence}`),
      });
    },
  };
  return self;
}

const namesIn = (store: MemoryStore) => [...store.contents.keys()].sort();

test("everything that lives is in the other store, as it was, and nothing in the first", async () => {
  const { migrate, stores, told } = world();
  await migrate("file");
  assert.deepEqual(stores.file.contents.get(key.name), { item: key, value: '{"key":1}' });
  assert.deepEqual(stores.file.contents.get(session.name), { item: session, value: '{"session":1}' });
  assert.deepEqual(namesIn(stores.file), [key.name, session.name]);
  assert.deepEqual(namesIn(stores.keychain), []);
  assert.deepEqual(told, [
    "moved the key of user u (…KIA1) from the keychain to the file store",
    "moved the session of role r from the keychain to the file store",
  ]);
});

test("interrupted before any call, a second run ends well, and no key is ever without a place", async () => {
  let calls = 0;
  const everyCall = () => {
    calls += 1;
  };
  await world().migrate("file", { hooks: { everyCall } });
  assert.ok(calls > 10, `${calls} calls`);
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
    assert.deepEqual(namesIn(stores.file), [key.name, session.name], `after a kill at call ${last}`);
    assert.deepEqual(namesIn(stores.keychain), [], `after a kill at call ${last}`);
  }
});

test("a session that was renewed in the old store meanwhile is carried over", async () => {
  for (const when of ["beforeSwitch", "afterSwitch"] as const) {
    const { migrate, stores } = world();
    const renewed = { ...session, expiresAt: now + 99 };
    const value = record("ASIA2", now + 99);
    await migrate("file", { hooks: { [when]: () => stores.keychain.put(renewed, value) } });
    assert.deepEqual(stores.file.contents.get(session.name), { item: renewed, value });
    assert.deepEqual(namesIn(stores.keychain), []);
  }
});

test("a session that comes into the old store meanwhile is carried over", async () => {
  const { migrate, stores } = world();
  const other = { name: "session 2", label: "session of role q", expiresAt: now + 5 };
  await migrate("file", { hooks: { afterSwitch: () => stores.keychain.put(other, '{"session":2}') } });
  assert.deepEqual(stores.file.contents.get(other.name), { item: other, value: '{"session":2}' });
  assert.deepEqual(namesIn(stores.keychain), []);
});

test("a session that is forgotten while it is moved does not come back", async () => {
  const { migrate, stores } = world();
  await migrate("file", {
    hooks: { beforeSwitch: async () => void (await stores.keychain.remove(session.name)) },
  });
  assert.deepEqual(namesIn(stores.file), [key.name]);
});

test("a key that vanishes from the old store while it is moved stays in the new one", async () => {
  const { migrate, stores } = world();
  await migrate("file", {
    hooks: { afterSwitch: async () => void (await stores.keychain.remove(key.name)) },
  });
  assert.deepEqual(namesIn(stores.file), [key.name, session.name]);
});

test("of two sessions the later one stays, whichever store it is in", async () => {
  for (const [there, winner] of [
    [now + 5, '{"session":1}'],
    [now + 15, '{"other":1}'],
  ] as const) {
    const { migrate, stores } = world();
    stores.file.put(
      { ...session, expiresAt: there },
      there > now + 10 ? record("other", there) : '{"other":1}',
    );
    await migrate("file");
    const value = stores.file.contents.get(session.name)?.value;
    assert.equal(value, winner === '{"other":1}' ? record("other", there) : winner);
    assert.deepEqual(namesIn(stores.keychain), []);
  }
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
  assert.deepEqual(namesIn(stores.file), [key.name, session.name]);
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

test("a session that cannot be opened is left and told, and everything else is moved", async () => {
  const { migrate, stores, told } = world();
  stores.keychain.before("read", (name) => {
    if (name === session.name) throw new ItemDamaged("it is cut short");
  });
  await migrate("file");
  assert.deepEqual(namesIn(stores.file), [key.name]);
  assert.deepEqual(namesIn(stores.keychain), [session.name]);
  const warnings = told.filter((line) => line.startsWith("warning: "));
  assert.deepEqual(warnings, [
    "warning: the session of role r in the keychain cannot be opened: it is cut short; it is left there",
  ]);
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

test("what the target holds and does not list is written once more", async () => {
  const { migrate, stores } = world();
  stores.file.put(key, '{"key":1}');
  stores.file.put(session, '{"session":1}');
  const list = stores.file.list;
  const { writes } = stores.file;
  Object.assign(stores.file, {
    list: async () => (await list()).filter(({ name }) => writes.includes(name)),
  });
  await migrate("file");
  assert.deepEqual(writes, [key.name, session.name]);
  assert.deepEqual(namesIn(stores.keychain), []);
});

test("a later session that the target holds and does not list stays", async () => {
  const { migrate, stores } = world();
  const later = { ...session, expiresAt: now + 99 };
  stores.file.put(later, record("later", now + 99));
  const list = stores.file.list;
  const { writes } = stores.file;
  Object.assign(stores.file, {
    list: async () => (await list()).filter(({ name }) => writes.includes(name)),
  });
  await migrate("file");
  assert.deepEqual(stores.file.contents.get(session.name), { item: later, value: record("later", now + 99) });
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

test("a store that is not in use and fails is left alone and told of, and the exit says so", async () => {
  const { migrate, stores, told } = world();
  stores.pass.put({ name: "session 5", label: "session five", expiresAt: now + 5 }, "{}");
  stores.pass.fail("read", new UserError("gpg does not answer"));
  await assert.rejects(migrate("file"), {
    message: "everything is in the file store, but not all could be removed from the password store",
  });
  assert.deepEqual(namesIn(stores.file), [key.name, session.name]);
  assert.deepEqual(namesIn(stores.keychain), []);
  assert.ok(told.includes("warning: what is in the password store stays there: gpg does not answer"));
});

test("an old store that fails after the switch is told of, and a later run clears it", async () => {
  const self = world();
  const { keychain, file } = self.stores;
  keychain.fail("remove", new UserError("the keychain is locked"));
  await assert.rejects(
    self.migrate("file"),
    /^UserError: everything is in the file store, but not all could be/,
  );
  assert.equal(self.used, "file");
  assert.deepEqual(namesIn(file), [key.name, session.name]);
  keychain.fail("remove", undefined);
  await self.migrate("file");
  assert.deepEqual(namesIn(keychain), []);
});

test("what lies in other stores comes along", async () => {
  const { migrate, stores } = world();
  const other = { name: "long-term key AKIA2", label: "key 2" };
  stores.pass.put(other, '{"key":2}');
  await migrate("file");
  assert.deepEqual(namesIn(stores.file), [key.name, other.name, session.name].sort());
  assert.deepEqual(namesIn(stores.pass), []);
});

test("a second migration does nothing", async () => {
  const self = world();
  await self.migrate("file");
  self.told.length = 0;
  await self.migrate("file");
  assert.deepEqual(self.told, []);
});
