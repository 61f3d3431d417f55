import { quote } from "../../../config/shown.ts";
import { keyIdOfItem } from "../../../session/long-term-key.ts";
import { type StoreKind, storeNames } from "../../../store/secret-store.ts";
import { type Findings, finding } from "../finding.ts";
import type { Snapshot, StoreFacts } from "../snapshot.ts";

/** The store: whether the one in use answers, opens, and holds the keys that are named. */
export function* checkStore(snapshot: Snapshot): Findings {
  const { store } = snapshot;
  if (!("value" in store)) {
    yield finding("store-broken", {
      what: `the store could not be looked at: ${store.because}`,
      why: "sessions cannot be kept, and every call asks for a code",
      mend: "aws-as store status",
    });
    return;
  }
  const facts = store.value;
  // A name that is no store is a finding of its own: checks/settings.ts, checks/environment.ts.
  if (facts.used === undefined) return;
  yield* checkState(facts, facts.used);
  yield* checkLock(facts);
  yield* missingKeys(snapshot, facts);
}

function* checkState(facts: StoreFacts, kind: StoreKind): Findings {
  const { wanted, states, used, items, givenPassphrase } = facts;
  const state = states[kind] ?? { kind: "ready" as const };
  const name = storeNames[kind];
  const because = state.because === undefined ? "" : `: ${state.because}`;
  switch (state.kind) {
    case "ready":
      if ("value" in items && state.asksUnless !== undefined) {
        yield finding("store-asks", {
          what: `the ${name} asks a person whenever a program reads a session`,
          why: "each call of an AWS client waits for a click, and fails where there is no person",
          mend: `turn off in KeePassXC: ${state.asksUnless}`,
        });
      }
      if ("value" in items) return;
      yield finding("store-broken", {
        what: `the ${name} does not tell what is in it: ${items.because}`,
        why: "sessions cannot be kept, and every call asks for a code",
        mend: "aws-as store status",
      });
      return;
    case "locked":
      yield finding("store-locked", {
        what: `the ${name} is locked`,
        why: "the next call asks a person to unlock it, and fails where there is none",
        mend: `${state.opens ?? "unlock it (sign in to the desktop again)"}, or use the file store: aws-as store setup`,
      });
      return;
    case "broken":
      yield finding("store-broken", {
        what: `the ${name} does not work${because}`,
        why: "sessions cannot be kept, and every call fails or asks for a code",
        mend: "aws-as store status",
      });
      return;
    case "absent":
    case "not-set-up":
      if (kind === "file" && givenPassphrase !== undefined) return;
      yield finding(state.kind === "absent" ? "store-absent" : "store-not-set-up", {
        what:
          wanted === undefined && used === "file"
            ? `the file store is not set up, and there is no keychain: ${states.keychain?.because ?? "none is here"}`
            : `the ${name} is ${state.kind === "absent" ? "not here" : "not set up"}${because}`,
        why:
          wanted === undefined
            ? "there is nowhere to keep sessions: a program that calls aws-as gets an error"
            : `${wanted.from} asks for it, and no other is used`,
        mend: "aws-as store setup",
      });
      return;
  }
}

function* checkLock({ slots, opens, agentBecause, agentHint }: StoreFacts): Findings {
  if (slots === undefined || slots.length === 0) return;
  for (const slot of slots) {
    if (slot.kind === "unknown" || slot.damaged === undefined) continue;
    yield finding("file-store-slot-damaged", {
      what: `slot ${slot.id} of the file store opens nothing any more: ${slot.damaged}`,
      why: "one way less into the store",
      mend: `aws-as store change --remove ${slot.id}`,
    });
  }
  if (opens === undefined) {
    const agent = agentBecause === undefined ? "" : `: ${agentBecause}`;
    yield finding("file-store-closed", {
      what: `nothing opens the file store without a question${agent}`,
      why: "each call asks a person for the passphrase, and fails where there is none",
      mend: agentBecause === undefined ? "aws-as store change --add-ssh-key" : (agentHint ?? "ssh-add -l"),
    });
  }
}

function* missingKeys({ config }: Snapshot, { items }: StoreFacts): Findings {
  if (!("value" in items)) return;
  const held = new Set(items.value.map(keyIdOfItem));
  for (const { name, properties } of config.ours.values()) {
    const id = properties.get("access_key_id");
    if (!id?.value || held.has(id.value)) continue;
    // Keys in plain text count before it.
    if (config.profiles.get(name)?.properties.get("aws_secret_access_key")?.value) continue;
    yield finding("stored-key-missing", {
      what: `the long-term key of ${quote(name)} (…${id.value.slice(-4)}) is not in the store`,
      why: "nobody can act as it, nor as its roles",
      at: id.position,
      mend: `aws-as keys add ${name}`,
    });
  }
}
