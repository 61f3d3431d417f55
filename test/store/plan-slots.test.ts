import assert from "node:assert/strict";
import test from "node:test";
import { planSlots, type SlotFacts } from "../../src/store/plan-slots.ts";
import type { AgentKey, UnlockSlot } from "../../src/store/secret-store.ts";

const laptop: AgentKey = { fingerprint: "SHA256:laptop", keyType: "ssh-ed25519", comment: "me@laptop" };
const work: AgentKey = { fingerprint: "SHA256:work", keyType: "ssh-rsa", comment: "" };
const token: AgentKey = { ...work, fingerprint: "SHA256:token", refused: "its signatures differ each time" };
const byPassphrase: UnlockSlot = { kind: "passphrase", id: "p1", memoryBytes: 2 ** 27 };
const byLaptop: UnlockSlot = { kind: "ssh-agent", id: "a1", ...laptop, keyType: "ssh-ed25519" };

const holds = (...keys: AgentKey[]) => ({ kind: "keys", keys }) as const;
const noAgent = { kind: "none", because: "there is no ssh-agent" } as const;
const nothing: SlotFacts = {
  request: { agent: false, passphrase: false },
  slots: [],
  agent: noAgent,
  canAsk: false,
  passphraseGiven: false,
};
const agentSlot = (key?: string) => ({ kind: "ssh-agent", key });
const passphraseSlot = { kind: "passphrase" };

const added: [what: string, facts: Partial<SlotFacts>, slots: object[]][] = [
  ["what is set up stays as it is", { slots: [byPassphrase], agent: holds(laptop), canAsk: true }, []],
  [
    "alone, the only key of the agent is taken",
    { agent: holds(token, laptop) },
    [agentSlot(laptop.fingerprint)],
  ],
  [
    "alone, the key goes before a passphrase",
    { agent: holds(laptop), passphraseGiven: true },
    [agentSlot(laptop.fingerprint)],
  ],
  [
    "alone, of several keys none is guessed",
    { agent: holds(laptop, work), passphraseGiven: true },
    [passphraseSlot],
  ],
  ["alone, a given passphrase is taken", { passphraseGiven: true }, [passphraseSlot]],
  ["with no key there is nothing to choose", { canAsk: true, agent: holds(token) }, [passphraseSlot]],
  ["with no agent there is nothing to choose", { canAsk: true }, [passphraseSlot]],
  ["a wish for the agent", { request: { agent: true, passphrase: false } }, [agentSlot()]],
  ["a wish for a key", { request: { agent: true, key: "lap", passphrase: false } }, [agentSlot("lap")]],
  [
    "a wish for both, the agent first",
    { request: { agent: true, passphrase: true } },
    [agentSlot(), passphraseSlot],
  ],
  [
    "a wish for what is there",
    {
      request: { agent: true, passphrase: true },
      slots: [byLaptop, byPassphrase],
      agent: holds(laptop, token),
    },
    [],
  ],
  [
    "a wish for a key that is there, by its comment",
    {
      request: { agent: true, key: "me@laptop", passphrase: false },
      slots: [byLaptop],
      agent: holds(laptop, work),
    },
    [],
  ],
  [
    "a wish for one of several keys is not taken for the one that is there",
    { request: { agent: true, passphrase: false }, slots: [byLaptop], agent: holds(laptop, work) },
    [agentSlot()],
  ],
  [
    "a wish for another key",
    {
      request: { agent: true, key: "work", passphrase: false },
      slots: [byLaptop],
      agent: holds(laptop, work),
    },
    [agentSlot("work")],
  ],
  [
    "a wish for what is there and damaged",
    {
      request: { agent: true, passphrase: true },
      slots: [
        { ...byLaptop, damaged: "x" },
        { ...byPassphrase, damaged: "x" },
      ],
      agent: holds(laptop),
    },
    [agentSlot(), passphraseSlot],
  ],
];
for (const [what, facts, slots] of added) {
  test(`slots of the file store: ${what}`, () => {
    const plan = planSlots({ ...nothing, ...facts });
    assert.deepEqual(plan.kind === "add" ? plan.slots : plan, slots);
  });
}

test("a person at a terminal chooses among keys, a passphrase, and both", () => {
  const plan = planSlots({ ...nothing, agent: holds(token, laptop), canAsk: true });
  assert.equal(plan.kind, "choose");
  assert.deepEqual(plan.kind === "choose" && plan.offers, [
    {
      text: "the ssh-agent's key SHA256:laptop (me@laptop): no question",
      slots: [agentSlot("SHA256:laptop")],
    },
    { text: "a passphrase: asked for each time", slots: [passphraseSlot] },
    {
      text: "both: the key SHA256:laptop (me@laptop), and a passphrase for when it is not there",
      slots: [agentSlot("SHA256:laptop"), passphraseSlot],
    },
  ]);
});

test("with nobody to ask and nothing given, the ways are named", () => {
  const none = planSlots(nothing);
  assert.equal(none.kind, "impossible");
  assert.match(
    none.kind === "impossible" ? none.message : "",
    /no terminal to ask on; there is no ssh-agent$/,
  );
  assert.match(none.kind === "impossible" ? none.hints.join() : "", /ssh-add.*AWS_AS_PASSPHRASE.*terminal/);
  const several = planSlots({ ...nothing, agent: holds(laptop, work, token) });
  assert.match(several.kind === "impossible" ? several.message : "", /holds 2 keys that could open it$/);
  assert.deepEqual(several.kind === "impossible" && several.hints.slice(0, 2), [
    "aws-as store setup file --ssh-agent --key SHA256:laptop",
    "aws-as store setup file --ssh-agent --key SHA256:work",
  ]);
});
