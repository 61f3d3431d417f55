import type { Machine } from "../cli/machine.ts";
import { openStore, readConfig, storeSettings } from "../cli/open.ts";
import { planFromMemory, planWithoutDevice } from "../cli/plan-for.ts";
import { mfaProcessOf } from "../cli/settings.ts";
import { storeInUse } from "../cli/which-store.ts";
import type { AwsConfig } from "../config/aws-config.ts";
import { resolveIdentity } from "../config/resolve.ts";
import { stanzasByIdentity } from "../config/served.ts";
import type { StoredItem } from "../store/secret-store.ts";
import { UserError } from "../system/user-error.ts";
import type { Known } from "./explain.ts";
import type { StoreTold } from "./explanation.ts";

/** Gathers what an explanation is made of. Makes no network call, asks nobody, reads no secret. */
export async function lookAt(asked: string, machine: Machine): Promise<Known> {
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, asked);
  const inSight = await planFromMemory(identity, config, machine);
  const plan = inSight ?? planWithoutDevice(identity, config, machine);
  const mfaProcess = mfaProcessOf(config, machine.env, identity.name, plan.root.profile);
  const [store, way] = await Promise.all([
    lookAtStore(config, machine),
    machine.wayToAsk(mfaProcess === undefined ? {} : { mfaProcess }),
  ]);
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

/** What the store lists, and how it is. One that is locked, broken or not there is told of, and is no failure. */
async function lookAtStore(
  config: AwsConfig,
  machine: Machine,
): Promise<{ told: StoreTold; items: readonly StoredItem[] }> {
  const settings = storeSettings(config, machine);
  // What is asked for in so many words is not compared with whether there is a keychain.
  const keychain =
    settings.wanted === undefined
      ? await machine.storeState("keychain", settings)
      : { kind: "ready" as const };
  const { kind, from } = storeInUse(settings.wanted, keychain);
  const state =
    kind === null
      ? null
      : kind === "keychain" && settings.wanted === undefined
        ? keychain
        : await machine.storeState(kind, settings);
  try {
    const items = await openStore(config, machine).list();
    return {
      items,
      told: { kind, from, state: state?.kind ?? null, because: state?.because ?? null, listed: true },
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      items: [],
      told: { kind, from, state: state?.kind ?? null, because: error.message, listed: false },
    };
  }
}
