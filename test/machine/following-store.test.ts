import assert from "node:assert/strict";
import test from "node:test";
import { followingStore } from "../../src/machine/following-store.ts";
import { openStore, readConfig } from "../../src/machine/open.ts";
import { UserError } from "../../src/system/user-error.ts";
import { fakeMachine } from "../support/fake-machine.ts";
import { memoryStore } from "../support/memory-store.ts";

const item = { name: "n", label: "l", expiresAt: 5 };

/** A store that is in use, and another one that is from `move` on. */
function pair() {
  const before = memoryStore("keychain");
  const after = memoryStore("file");
  let looks = 0;
  let state: "before" | "moved" | "followed" = "before";
  const store = followingStore(before, async () => {
    looks += 1;
    if (state !== "moved") return undefined;
    state = "followed";
    return after;
  });
  return {
    before,
    after,
    store,
    looks: () => looks,
    move: () => {
      state = "moved";
    },
  };
}

test("a hit looks at the setting no second time", async () => {
  const { store, before, looks } = pair();
  before.put(item, "1");
  assert.equal(await store.read("n"), "1");
  assert.equal(looks(), 0);
});

test("what is no longer in the old store is read from the one that the setting names by now", async () => {
  const { store, before, after, move } = pair();
  after.put(item, "2");
  assert.equal(await store.read("n"), undefined);
  assert.equal(store.kind, "keychain");
  move();
  assert.equal(await store.read("n"), "2");
  assert.equal(store.kind, "file");
  assert.deepEqual(before.reads, ["n", "n"]);
});

test("a store that fails because it was left is left", async () => {
  const { store, before, after, move } = pair();
  before.fail("read", new UserError("locked"));
  await assert.rejects(store.read("n"), /locked/);
  after.put(item, "2");
  move();
  assert.equal(await store.read("n"), "2");
});

test("what was written into the old store when the setting changed is written into the new one as well", async () => {
  const { store, before, after, move } = pair();
  await store.write(item, "1");
  assert.equal(after.contents.size, 0);
  before.before("write", move);
  await store.write(item, "2");
  assert.equal(after.contents.get("n")?.value, "2");
});

test("what is forgotten is forgotten in both", async () => {
  const { store, before, after, move } = pair();
  before.put(item, "1");
  after.put(item, "1");
  move();
  assert.equal(await store.remove("n"), true);
  assert.deepEqual([before.contents.size, after.contents.size], [0, 0]);
});

test("the list is that of the store that is used", async () => {
  const { store, after, move } = pair();
  after.put(item, "1");
  assert.deepEqual(await store.list(), []);
  move();
  assert.deepEqual(await store.list(), [item]);
});

test("the store of a call follows the file, and not where a variable says which", async () => {
  for (const env of [{}, { AWS_AS_STORE: "keychain" }]) {
    const machine = fakeMachine({ config: "[aws-as]\nstore = keychain\n", env });
    machine.store = ({ wanted }) => (wanted?.value === "pass" ? machine.stores.pass : machine.memory);
    machine.stores.pass.put(item, "1");
    const store = openStore(await readConfig(machine), machine);
    assert.equal(await store.read("n"), undefined);
    machine.files.set("/home/me/.aws/config", "[aws-as\n");
    assert.equal(await store.read("n"), undefined, "a file that does not parse changes nothing");
    machine.files.set("/home/me/.aws/config", "[aws-as]\nstore = pass\n");
    assert.equal(await store.read("n"), "AWS_AS_STORE" in env ? undefined : "1");
  }
});
