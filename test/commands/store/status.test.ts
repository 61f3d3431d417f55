import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import test from "node:test";
import type { AgentKey, FileStore, UnlockSlot } from "../../../src/store/secret-store.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { type FakeMachineOptions, fakeMachine } from "../../support/fake-machine.ts";
import { type MemoryStore, memoryStore } from "../../support/memory-store.ts";
import { runArgv } from "../../support/run-argv.ts";
import { text } from "../../support/told.ts";

const passphrase: UnlockSlot = { kind: "passphrase", id: "p1", memoryBytes: 2 ** 27 };
const laptop: AgentKey = { fingerprint: "SHA256:k", keyType: "ssh-ed25519", comment: "me" };
const byLaptop: UnlockSlot = { kind: "ssh-agent", id: "a1", ...laptop, keyType: "ssh-ed25519" };

interface Lock {
  readonly slots: readonly UnlockSlot[];
  readonly agent?: readonly AgentKey[] | Error;
}

function fileStore({ slots, agent = new UserError("there is no ssh-agent") }: Lock): FileStore {
  const unexpected = async () => assert.fail("status changes nothing");
  const unlocking = {
    isSetUp: () => slots.length > 0,
    slots: async () => slots,
    add: unexpected,
    remove: unexpected,
    agentKeys: async () => {
      if (agent instanceof Error) throw agent;
      return agent;
    },
  };
  return { ...memoryStore("file"), unlocking };
}

async function status(options: FakeMachineOptions, fill: (keychain: MemoryStore) => void = () => undefined) {
  const machine = fakeMachine({ fileStore: fileStore({ slots: [passphrase] }), ...options });
  fill(machine.memory);
  const run = async (...argv: string[]) => {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const code = await runArgv(argv, { machine, ...streams, colorDepth: 1, failure: "" });
    assert.deepEqual([code, text(streams.stderr)], [0, ""]);
    return text(streams.stdout);
  };
  const words = await run("store", "status");
  const json = JSON.parse(await run("store", "status", "--json"));
  assert.deepEqual(machine.memory.reads, [], "no secret is read");
  return { words: words.split("\n"), json };
}

test("status tells the store in use, why, and what is in it", async () => {
  const { words, json } = await status({ config: "\n[aws-as]\nstore = keychain\n" }, (keychain) => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    keychain.put({ name: "long-term key AKIA1", label: "k" }, "{}");
    keychain.put({ name: "s1", label: "s", expiresAt: now + 1000 }, "{}");
    keychain.put({ name: "s2", label: "s", expiresAt: now + 1000 }, "{}");
    keychain.put({ name: "s3", label: "s", expiresAt: now - 1000 }, "{}");
  });
  assert.equal(words[0], "the keychain is used: ~/.aws/config:3 says so");
  assert.equal(words[1], "the keychain: ready, 1 long-term key, 2 sessions");
  assert.deepEqual(json.used, {
    kind: "keychain",
    from: "~/.aws/config:3",
    because: "~/.aws/config:3 says so",
  });
  assert.deepEqual(json.stores[0], { kind: "keychain", state: "ready", because: null, sessions: 2, keys: 1 });
});

test("status tells of a name that is no store, and fails not", async () => {
  const { words, json } = await status({ env: { AWS_AS_STORE: "moon" } });
  assert.equal(words[0], 'no store is used: AWS_AS_STORE names "moon", which is no store');
  assert.deepEqual([json.used.kind, json.used.from], [null, "AWS_AS_STORE"]);
});

const locks: [string, Lock, Record<string, string>, string, string | null][] = [
  ["a key that the agent holds", { slots: [byLaptop], agent: [laptop] }, {}, "ready", "ssh-agent"],
  ["a key that the agent does not hold", { slots: [byLaptop], agent: [] }, {}, "locked", null],
  [
    "a key whose slot is damaged",
    { slots: [{ ...byLaptop, damaged: "x" }], agent: [laptop] },
    {},
    "locked",
    null,
  ],
  ["a key, and no agent", { slots: [byLaptop] }, {}, "locked", null],
  [
    "a key, and a passphrase that fits no slot",
    { slots: [byLaptop] },
    { AWS_AS_PASSPHRASE: "x" },
    "locked",
    null,
  ],
  ["a passphrase that nobody gives", { slots: [passphrase], agent: [laptop] }, {}, "locked", null],
  [
    "a passphrase in the environment",
    { slots: [passphrase] },
    { AWS_AS_PASSPHRASE: "x" },
    "ready",
    "AWS_AS_PASSPHRASE",
  ],
  [
    "the agent before the passphrase",
    { slots: [passphrase, byLaptop], agent: [laptop] },
    { AWS_AS_PASSPHRASE: "x" },
    "ready",
    "ssh-agent",
  ],
];
for (const [what, lock, env, state, opens] of locks) {
  test(`status tells whether the file store opens with no question: ${what}`, async () => {
    const { json, words } = await status({ env, fileStore: fileStore(lock) });
    const [, file] = json.stores;
    assert.deepEqual([file.kind, file.state, file.lock.opens], ["file", state, opens]);
    const line = words.find((each) => each.startsWith("the file store:")) ?? "";
    assert.equal(line.includes("opens with no question by"), opens !== null, line);
  });
}

test("status tells why the file store does not open with no question", async () => {
  const because = async (lock: Lock) => (await status({ fileStore: fileStore(lock) })).json.stores[1].because;
  assert.equal(await because({ slots: [passphrase] }), "a person would be asked for the passphrase");
  assert.equal(await because({ slots: [byLaptop] }), "there is no ssh-agent");
  assert.equal(await because({ slots: [byLaptop], agent: [] }), "the ssh-agent does not hold its key");
});

test("status tells what a passphrase_process is for", async () => {
  const { json } = await status({ config: "[aws-as]\npassphrase_process = pass show x\n" });
  assert.equal(json.stores[1].lock.opens, "passphrase_process");
});

test("status shows the slots with their ids", async () => {
  const { words, json } = await status({
    fileStore: fileStore({ slots: [passphrase, byLaptop], agent: [laptop] }),
  });
  assert.ok(words.includes("  p1  a passphrase (scrypt with 128 MiB)"));
  assert.ok(words.includes("  a1  the ssh-agent's ssh-ed25519 key SHA256:k (me), held now"));
  assert.deepEqual(json.stores[1].lock.slots, [passphrase, { ...byLaptop, held: true }]);
});

test("a store that is broken is a line of the answer", async () => {
  const broken = {
    ...fileStore({ slots: [passphrase] }),
    list: () => Promise.reject(new UserError("it is a pipe")),
  };
  const { words, json } = await status({
    fileStore: broken,
    env: { AWS_AS_PASSPHRASE: "x" },
    states: {
      keychain: { kind: "broken", because: "the keychain did not answer in time" },
      pass: { kind: "absent", because: "pass is not installed" },
    },
  });
  assert.equal(words[1], "the keychain: broken (the keychain did not answer in time)");
  assert.match(words[2] ?? "", /^the file store: broken \(it is a pipe\)/);
  assert.equal(words[4], "the password store: not there (pass is not installed)");
  assert.deepEqual([json.stores[1].sessions, json.stores[1].keys], [null, null]);
});
