import assert from "node:assert/strict";
import test from "node:test";
import { type KeychainErrorKind, keychainError } from "../../src/store/keychain/keychain-error.ts";
import type { SecretStore, Unlocking } from "../../src/store/secret-store.ts";
import { type ChooseStoreOptions, chooseStore } from "../../src/store/which-store.ts";
import type { UserError } from "../../src/system/user-error.ts";
import { type MemoryStore, memoryStore } from "../support/memory-store.ts";

const item = { name: "a", label: "a" };

/** As much of the file store's lock as choosing needs. */
function unlocking(isSetUp: () => boolean): Unlocking {
  const unexpected = () => Promise.reject(new Error("nobody asked for this"));
  return { isSetUp, slots: unexpected, add: unexpected, remove: unexpected, agentKeys: unexpected };
}

function stores(
  setUp = false,
): ChooseStoreOptions & { keychain: MemoryStore; file: MemoryStore; pass: MemoryStore } {
  const file = memoryStore("file");
  const pass = memoryStore("pass");
  return {
    pass,
    loadPass: async () => pass,
    keychain: memoryStore("keychain"),
    file,
    loadFile: async () =>
      Object.assign(file, { unlocking: unlocking(() => setUp || file.contents.size > 0) }),
    hasFile: () => setUp || file.contents.size > 0,
    canSetUpFile: () => false,
  };
}

function break_(keychain: MemoryStore, kind: KeychainErrorKind): void {
  for (const operation of ["read", "write", "remove"] as const) {
    keychain.fail(operation, keychainError(kind, "linux", "words"));
  }
}

test("the store that is asked for is the one that is used", async () => {
  const options = stores();
  assert.equal(chooseStore({ ...options, wanted: { value: "keychain", from: "x" } }), options.keychain);
  const file = chooseStore({ ...options, wanted: { value: "file", from: "x" } });
  assert.equal(file.kind, "file");
  await file.write(item, "{}");
  assert.equal(await file.read("a"), "{}");
  assert.deepEqual(await file.list(), [item]);
  assert.equal(await file.remove("a"), true);
  assert.equal(options.keychain.reads.length, 0);
  assert.throws(
    () => chooseStore({ ...options, wanted: { value: "kechain", from: "AWS_AS_STORE" } }),
    (error: UserError) =>
      error.exitCode === 2 &&
      /^AWS_AS_STORE: unknown store "kechain"$/.test(error.message) &&
      error.hints.join() === "known stores: keychain, file, pass",
  );
});

test("where a store is asked for and does not have the item, nothing else is searched", async () => {
  for (const wanted of ["keychain", "file", "pass"] as const) {
    const options = stores(true);
    for (const other of ["keychain", "file", "pass"] as const) {
      if (other !== wanted) options[other].put(item, "{}");
    }
    const store = chooseStore({ ...options, wanted: { value: wanted, from: "x" } });
    assert.equal(store.kind, wanted);
    assert.equal(await store.read("a"), undefined);
    assert.equal(await store.remove("a"), false);
    assert.deepEqual(await store.list(), []);
    for (const other of ["keychain", "file", "pass"] as const) {
      if (other === wanted) continue;
      const { reads, removals } = options[other];
      assert.deepEqual([...reads, ...removals], [], `${wanted} asked ${other}`);
    }
  }
});

test("pass is used when it is asked for, and not loaded before it is needed", async () => {
  const options = stores();
  let loads = 0;
  const loadPass = async () => {
    loads += 1;
    return options.pass;
  };
  const store = chooseStore({ ...options, loadPass, wanted: { value: "pass", from: "x" } });
  assert.equal(loads, 0);
  await store.write(item, "{}");
  assert.equal(await store.read("a"), "{}");
  assert.deepEqual(await store.list(), [item]);
  assert.equal(await store.remove("a"), true);
  assert.equal(loads, 1);
});

test("without a wish pass is not looked at, whether there is a keychain or not", async () => {
  for (const kind of [undefined, "no-bus"] as const) {
    const options = { ...stores(), canSetUpFile: () => true };
    if (kind) break_(options.keychain, kind);
    const loadPass = (): never => assert.fail("pass must not be loaded");
    const store = chooseStore({ ...options, loadPass });
    assert.equal(await store.read("a"), undefined);
    await store.write(item, "{}");
  }
});

test("a keychain that is asked for and absent is an error, not the file", async () => {
  const options = stores(true);
  break_(options.keychain, "no-bus");
  const store = chooseStore({ ...options, wanted: { value: "keychain", from: "x" } });
  await assert.rejects(store.read("a"), /no keychain in this session/);
});

test("a hit costs one keychain read and nothing of the file store", async () => {
  const options = stores(true);
  options.keychain.put(item, "{}");
  const loadFile = (): never => assert.fail("the file store must not be loaded");
  const store = chooseStore({ ...options, loadFile });
  assert.equal(await store.read("a"), "{}");
  assert.deepEqual(options.keychain.reads, ["a"]);
});

test("beside a keychain, a file store that is not there is not loaded", async () => {
  const loadFile = (): never => assert.fail("the file store must not be loaded");
  const store = chooseStore({ ...stores(), loadFile });
  assert.equal(await store.read("a"), undefined);
  await store.write(item, "{}");
  assert.deepEqual(await store.list(), [item]);
  assert.equal(await store.remove("a"), true);
});

const uses: readonly (readonly [string, (store: SecretStore) => Promise<unknown>])[] = [
  ["read", (store) => store.read("a")],
  ["write", (store) => store.write(item, "{}")],
  ["remove", (store) => store.remove("a")],
];
for (const [operation, use] of uses) {
  test(`without a keychain ${operation} goes to the file store, and the keychain is not asked again`, async () => {
    const options = { ...stores(), canSetUpFile: () => true };
    break_(options.keychain, "no-bus");
    const store = chooseStore(options);
    await use(store);
    await store.write(item, "{}");
    assert.equal(await store.read("a"), "{}");
    assert.equal(store.kind, "file");
    const { reads, writes, removals } = options.keychain;
    assert.equal(reads.length + writes.length + removals.length, 1);
  });

  test(`${operation} with no keychain and no way to a passphrase says what to do`, async () => {
    const options = stores();
    break_(options.keychain, "no-bus");
    await assert.rejects(use(chooseStore(options)), (error: UserError) => {
      assert.match(error.message, /^nowhere to keep secrets: no keychain in this session.*\(words\)$/);
      const said = error.hints.join("\n");
      for (const way of ["aws-as store setup", "AWS_AS_PASSPHRASE", "passphrase_process"]) {
        assert.ok(said.includes(way), way);
      }
      return true;
    });
  });

  for (const kind of ["locked", "cancelled", "denied", "hanging", "ended", "failed"] as const) {
    test(`${operation} on a keychain that is ${kind} is an error, not the file store`, async () => {
      const options = { ...stores(true), canSetUpFile: () => true };
      options.file.put(item, "{}");
      break_(options.keychain, kind);
      await assert.rejects(use(chooseStore(options)), { kind });
      const { reads, writes, removals } = options.file;
      assert.equal(reads.length + writes.length + removals.length, 0);
    });
  }
}

test("a keyring that can be read but was never made is no place to write to", async () => {
  const options = { ...stores(), canSetUpFile: () => true };
  options.keychain.fail("write", keychainError("no-collection", "linux"));
  await chooseStore(options).write(item, "{}");
  // In the next process the keyring reads as an empty one.
  assert.equal(await chooseStore(options).read("a"), "{}");
});

test("what is written to the keychain no longer lies in the file store", async () => {
  const options = stores(true);
  options.file.put(item, '"old"');
  const store = chooseStore(options);
  await store.write(item, '"new"');
  assert.equal(options.file.contents.size, 0);
  assert.equal(await store.remove("a"), true);
  assert.equal(await store.read("a"), undefined);
});

test("removing removes from both, so that nothing comes back", async () => {
  const options = stores(true);
  options.keychain.put(item, "{}");
  options.file.put(item, "{}");
  const store = chooseStore(options);
  assert.equal(await store.remove("a"), true);
  assert.equal(await store.read("a"), undefined);
  assert.equal(await store.remove("a"), false);
});

test("a list holds what either store has, each item once", async () => {
  const options = stores(true);
  options.keychain.put(item, "{}");
  options.file.put(item, "{}");
  options.file.put({ name: "b", label: "b" }, "{}");
  assert.deepEqual(await chooseStore(options).list(), [item, { name: "b", label: "b" }]);
});
