import type { AgentKey, NewSlot, UnlockSlot } from "./secret-store.ts";

/** What the person asked to open the file store by. */
export interface SlotRequest {
  /** By a key of the ssh-agent. */
  readonly agent: boolean;
  /** Which one: its fingerprint, its comment, or a part of one. */
  readonly key?: string | undefined;
  readonly passphrase: boolean;
}

/** What the ssh-agent holds, or why it does not say. */
export type AgentAnswer =
  | { readonly kind: "keys"; readonly keys: readonly AgentKey[] }
  | { readonly kind: "none"; readonly because: string; readonly hint?: string | undefined };

export interface SlotFacts {
  readonly request: SlotRequest;
  /** What opens the store now; none: it is not set up. */
  readonly slots: readonly UnlockSlot[];
  readonly agent: AgentAnswer;
  /** There is a terminal to ask on. */
  readonly canAsk: boolean;
  /** AWS_AS_PASSPHRASE or passphrase_process is set. */
  readonly passphraseGiven: boolean;
}

/** What a person can choose. */
export interface SlotOffer {
  readonly text: string;
  readonly slots: readonly NewSlot[];
}

export type SlotPlan =
  /** In this order; none: all is there. `because` is absent where the person asked for them. */
  | { readonly kind: "add"; readonly slots: readonly NewSlot[]; readonly because?: string }
  | { readonly kind: "choose"; readonly offers: readonly SlotOffer[] }
  | { readonly kind: "impossible"; readonly message: string; readonly hints: readonly string[] };

/** How a key is shown to a person who has to tell it from others. */
export function describeKey({ fingerprint, comment }: Pick<AgentKey, "fingerprint" | "comment">): string {
  return comment === "" ? fingerprint : `${fingerprint} (${comment})`;
}

/** Which slots the file store gets. What opens it already stays as it is. Pure. */
export function planSlots(facts: SlotFacts): SlotPlan {
  const { request, slots } = facts;
  if (request.agent || request.passphrase) return planRequested(facts);
  if (slots.length > 0) return { kind: "add", slots: [], because: "it is set up" };
  return facts.canAsk ? planOffers(facts) : planAlone(facts);
}

function planRequested({ request, slots, agent }: SlotFacts): SlotPlan {
  const add: NewSlot[] = [];
  // The agent first: it opens the store for the passphrase that follows, without a question.
  if (request.agent && !hasSlotOf(fittingKeys(agent, request.key), slots)) {
    add.push({ kind: "ssh-agent", key: request.key });
  }
  const isGood = (slot: UnlockSlot) => slot.kind === "passphrase" && slot.damaged === undefined;
  if (request.passphrase && !slots.some(isGood)) add.push({ kind: "passphrase" });
  return { kind: "add", slots: add };
}

function planOffers({ agent }: SlotFacts): SlotPlan {
  const passphrase: NewSlot = { kind: "passphrase" };
  const keys = usableKeys(agent);
  if (keys.length === 0) return { kind: "add", slots: [passphrase], because: whyNoKey(agent) };
  const slotOf = (key: AgentKey): NewSlot => ({ kind: "ssh-agent", key: key.fingerprint });
  return {
    kind: "choose",
    offers: [
      ...keys.map((key) => ({
        text: `the ssh-agent's key ${describeKey(key)}: no question`,
        slots: [slotOf(key)],
      })),
      { text: "a passphrase: asked for each time", slots: [passphrase] },
      ...keys.map((key) => ({
        text: `both: the key ${describeKey(key)}, and a passphrase for when it is not there`,
        slots: [slotOf(key), passphrase],
      })),
    ],
  };
}

function planAlone({ agent, passphraseGiven }: SlotFacts): SlotPlan {
  const keys = usableKeys(agent);
  const [only] = keys;
  if (only !== undefined && keys.length === 1) {
    const because = "it is the only key of the ssh-agent that can open it";
    return { kind: "add", slots: [{ kind: "ssh-agent", key: only.fingerprint }], because };
  }
  if (passphraseGiven) {
    return { kind: "add", slots: [{ kind: "passphrase" }], because: "the passphrase is given" };
  }
  const because =
    only === undefined ? whyNoKey(agent) : `the ssh-agent holds ${keys.length} keys that could open it`;
  return {
    kind: "impossible",
    message: `nothing says how the file store shall open, and there is no terminal to ask on; ${because}`,
    hints: [
      ...keys.map(({ fingerprint }) => `aws-as store setup file --ssh-agent --key ${fingerprint}`),
      ...(only === undefined ? ["with a key in an ssh-agent: aws-as store setup file --ssh-agent"] : []),
      "with a passphrase, first: read -rs AWS_AS_PASSPHRASE && export AWS_AS_PASSPHRASE",
      "run it in a terminal, where you will be asked",
    ],
  };
}

function usableKeys(agent: AgentAnswer): AgentKey[] {
  return agent.kind === "none" ? [] : agent.keys.filter(({ refused }) => refused === undefined);
}

function whyNoKey(agent: AgentAnswer): string {
  return agent.kind === "none" ? agent.because : "the ssh-agent holds no key that could open it";
}

function fittingKeys(agent: AgentAnswer, wanted: string | undefined): AgentKey[] {
  const keys = usableKeys(agent);
  if (wanted === undefined) return keys;
  const exact = keys.filter(({ fingerprint, comment }) => fingerprint === wanted || comment === wanted);
  if (exact.length > 0) return exact;
  return keys.filter(({ fingerprint, comment }) => `${fingerprint}\n${comment}`.includes(wanted));
}

/** True when what is meant is one key, and it opens the store already. */
function hasSlotOf(keys: readonly AgentKey[], slots: readonly UnlockSlot[]): boolean {
  const [only] = keys;
  if (only === undefined || keys.length > 1) return false;
  return slots.some(
    (slot) =>
      slot.kind === "ssh-agent" && slot.damaged === undefined && slot.fingerprint === only.fingerprint,
  );
}
