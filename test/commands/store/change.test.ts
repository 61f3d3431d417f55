import assert from "node:assert/strict";
import test from "node:test";
import { type ChangeOptions, change } from "../../../src/commands/store/change.ts";
import type { FileStore, NewSlot, UnlockSlot } from "../../../src/store/secret-store.ts";
import { fakeMachine } from "../../support/fake-machine.ts";
import { memoryStore } from "../../support/memory-store.ts";

const first: UnlockSlot = { kind: "passphrase", id: "p1", memoryBytes: 2 ** 27 };
const key: UnlockSlot = {
  kind: "ssh-agent",
  id: "a1",
  fingerprint: "SHA256:k",
  keyType: "ssh-ed25519",
  comment: "me",
};
const strange: UnlockSlot = { kind: "unknown", id: "u1" };

/** Changes a file store with these slots; gives what was done to it and what was said. */
async function changed(request: Partial<ChangeOptions>, slots: readonly UnlockSlot[]) {
  const done: string[] = [];
  const told: string[] = [];
  const unlocking = {
    isSetUp: () => slots.length > 0,
    slots: async () => slots,
    add: async (slot: NewSlot): Promise<UnlockSlot> => {
      done.push(`add ${slot.kind} ${slot.kind === "ssh-agent" ? (slot.key ?? "") : ""}`.trim());
      return slot.kind === "passphrase" ? { ...first, id: "p2" } : key;
    },
    remove: async (id: string) => void done.push(`remove ${id}`),
    agentKeys: async () => [],
  };
  const fileStore: FileStore = { ...memoryStore("file"), unlocking };
  const machine = fakeMachine({ fileStore });
  const desk = {
    machine,
    settings: { unattended: false },
    say: (sentence: string) => void told.push(sentence),
    warn: (sentence: string) => void told.push(`warning: ${sentence}`),
  };
  const none = { addSshKey: false, addPassphrase: false, newPassphrase: false };
  await change({ ...none, ...request }, desk);
  return { done, told };
}

test("a key of the agent, and a further passphrase", async () => {
  const { done, told } = await changed({ addSshKey: true, key: "me", addPassphrase: true }, [first]);
  assert.deepEqual(done, ["add ssh-agent me", "add passphrase"]);
  assert.deepEqual(told, [
    "the file store is opened by the ssh-agent's ssh-ed25519 key SHA256:k (me) from now on",
    "the file store is opened by a passphrase (scrypt with 128 MiB) from now on",
  ]);
});

test("a new passphrase comes before the old ones go, and keys stay", async () => {
  const { done, told } = await changed({ newPassphrase: true }, [first, key, { ...first, id: "p0" }]);
  assert.deepEqual(done, ["add passphrase", "remove p1", "remove p0"]);
  assert.match(
    told.join("\n"),
    /old copy of master-key.json and the old passphrase can still open the items/,
  );
  assert.match(told.join("\n"), /aws-as store migrate.*aws-as keys rotate/);
});

test("a slot is removed by its id or its key's fingerprint", async () => {
  for (const remove of ["a1", "SHA256:k"]) {
    const { done, told } = await changed({ remove }, [first, key]);
    assert.deepEqual(done, ["remove a1"]);
    assert.match(told.join("\n"), /old copy of master-key.json and the removed key can still open/);
  }
});

test("the only way goes when another comes along", async () => {
  const { done } = await changed({ addSshKey: true, remove: "p1" }, [first]);
  assert.deepEqual(done, ["add ssh-agent", "remove p1"]);
});

const refused: [string, Partial<ChangeOptions>, UnlockSlot[], RegExp][] = [
  [
    "the only way",
    { remove: "p1" },
    [first],
    /^this is the only way to open the file store; nothing was changed$/,
  ],
  ["the only way that is known", { remove: "p1" }, [first, strange], /^this is the only way/],
  [
    "the only way that is not damaged",
    { remove: "p1" },
    [first, { ...key, damaged: "x" }],
    /^this is the only way/,
  ],
  ["what is not there", { remove: "x9" }, [first, key], /^nothing that opens the file store is called "x9"$/],
  ["anything where nothing is set up", { addPassphrase: true }, [], /^the file store is not set up$/],
];
for (const [what, request, slots, message] of refused) {
  test(`${what} is not changed`, async () => {
    await assert.rejects(changed(request, slots), (error: Error) => message.test(error.message));
  });
}
