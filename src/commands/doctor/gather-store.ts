import type { AwsConfig } from "../../config/aws-config.ts";
import type { Machine, StoreSettings } from "../../machine/machine.ts";
import { storeSettings } from "../../machine/open.ts";
import { type StoreKind, type StoreState, storeKinds } from "../../store/secret-store.ts";
import type { StoreFacts } from "./snapshot.ts";
import { type Fact, soft } from "./soft.ts";

/** Milliseconds: all of it, after which no socket is held open; and one behind the other state, items, the agent. */
const wholeMs = 7000;
const stateMs = 3500;
const listMs = 2000;
const agentMs = 2000;

/** The store that a call would use now, and how it is. Asks nobody and reads no secret. */
export async function storeFacts(config: AwsConfig, machine: Machine): Promise<StoreFacts> {
  const settings = storeSettings(config, machine, {
    unattended: true,
    deadline: machine.clock.now() + wholeMs,
  });
  const { wanted } = settings;
  const named = storeKinds.find((kind) => kind === wanted?.value);
  const kinds: readonly StoreKind[] = wanted === undefined ? ["keychain", "file"] : named ? [named] : [];
  const stated = await Promise.all(
    kinds.map(async (kind): Promise<[StoreKind, StoreState]> => {
      const state = await soft(stateMs, () => machine.storeState(kind, settings));
      return [kind, "value" in state ? state.value : { kind: "broken", because: state.because }];
    }),
  );
  const states: Partial<Record<StoreKind, StoreState>> = Object.fromEntries(stated);
  const used = wanted === undefined ? usedByDefault(states) : named;
  const items: Fact<readonly string[]> =
    used === undefined
      ? { because: "no store is in use" }
      : await soft(listMs, () => namesIn(machine, settings));
  const given = machine.env["AWS_AS_PASSPHRASE"]
    ? "AWS_AS_PASSPHRASE"
    : settings.passphraseProcess && "passphrase_process";
  const lock =
    used === "file" && states.file?.kind === "ready" ? await fileLock(machine, settings, given) : {};
  return {
    ...(wanted === undefined ? {} : { wanted }),
    states,
    ...(used === undefined ? {} : { used }),
    items,
    ...(given ? { givenPassphrase: given } : {}),
    ...lock,
  };
}

/** Without a wish: the keychain where there is one, else the file store. */
function usedByDefault({ keychain }: Partial<Record<StoreKind, StoreState>>): StoreKind {
  return keychain?.kind === "absent" || keychain?.kind === "not-set-up" ? "file" : "keychain";
}

async function namesIn(machine: Machine, settings: StoreSettings): Promise<string[]> {
  return (await machine.store(settings).list()).map(({ name }) => name);
}

/** What opens the file store with no question. */
async function fileLock(
  machine: Machine,
  settings: StoreSettings,
  given: string | undefined,
): Promise<Pick<StoreFacts, "slots" | "opens" | "agentBecause">> {
  const { unlocking } = await machine.fileStore(settings);
  const slots = await unlocking.slots();
  const byPassphrase =
    slots.some((slot) => slot.kind === "passphrase" && slot.damaged === undefined) && given;
  if (!slots.some(({ kind }) => kind === "ssh-agent"))
    return { slots, ...(byPassphrase ? { opens: byPassphrase } : {}) };
  const asked = await soft(agentMs, () => unlocking.agentKeys());
  const held = "value" in asked ? asked.value.filter(({ refused }) => refused === undefined) : [];
  const byAgent = slots.some(
    (slot) =>
      slot.kind === "ssh-agent" &&
      slot.damaged === undefined &&
      held.some(({ fingerprint }) => fingerprint === slot.fingerprint),
  );
  const opens = byAgent ? "the ssh-agent" : byPassphrase;
  const agentBecause = "value" in asked ? "the ssh-agent does not hold its key" : asked.because;
  return { slots, ...(opens ? { opens } : {}), ...(byAgent ? {} : { agentBecause }) };
}
