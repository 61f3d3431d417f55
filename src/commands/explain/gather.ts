import type { AwsConfig } from "../../config/aws-config.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { mfaProcessOf } from "../../config/settings.ts";
import { planFromMemory, planWithoutDevice } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig, storeSettings } from "../../machine/open.ts";
import { stanzasByIdentity } from "../../profiles/stanzas.ts";
import type { WayToAsk } from "../../prompt/prompt.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import { storeInUse } from "../../store/which-store.ts";
import { UserError } from "../../system/user-error.ts";
import type { Known } from "./explain.ts";
import type { StoreTold } from "./explanation.ts";

/** Gathers what an explanation is made of. Makes no network call, asks nobody, reads no secret. */
export async function lookAt(asked: string, machine: Machine): Promise<Known> {
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, asked);
  const inSight = await planFromMemory(identity, config, machine);
  const plan = inSight ?? planWithoutDevice(identity, config, machine);
  const mfaProcess = mfaProcessOf(config, machine.env, identity.name, plan.root.profile);
  const [store, way] = await Promise.all([lookAtStore(config, machine), wayToAsk(machine, mfaProcess)]);
  return {
    asked,
    identity,
    plan,
    deviceKnown: inSight !== undefined,
    config,
    env: machine.env,
    stanzas: stanzasByIdentity(config).get(identity.name) ?? [],
    store: store.told,
    items: store.items,
    way,
    now: machine.clock.now(),
  };
}

/** An `AWS_AS_PROMPT` that names no way is told where a question would be asked. */
async function wayToAsk(machine: Machine, mfaProcess: string | undefined): Promise<WayToAsk> {
  try {
    return await machine.wayToAsk(mfaProcess === undefined ? {} : { mfaProcess });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "cannot-ask", because: error.message };
  }
}

/** What the store lists, and how it is. One that is locked, broken or not there is told of, and is no failure. */
async function lookAtStore(
  config: AwsConfig,
  machine: Machine,
): Promise<{ told: StoreTold; items: readonly StoredItem[] }> {
  const settings = storeSettings(config, machine);
  const { wanted } = settings;
  // Only where nothing is asked for does it matter whether there is a keychain.
  const keychain = wanted === undefined ? await machine.storeState("keychain", settings) : undefined;
  const { kind, from } = storeInUse(wanted, keychain ?? { kind: "ready" });
  const state =
    kind === null
      ? undefined
      : kind === "keychain" && keychain !== undefined
        ? keychain
        : await machine.storeState(kind, settings);
  const told = { kind, from, state: state?.kind ?? null, because: state?.because ?? null };
  try {
    const items = await openStore(config, machine).list();
    return { items, told: { ...told, listed: true } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { items: [], told: { ...told, because: error.message, listed: false } };
  }
}
