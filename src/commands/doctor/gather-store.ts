import type { AwsConfig } from "../../config/aws-config.ts";
import type { Machine, StoreSettings } from "../../machine/machine.ts";
import { storeSettings } from "../../machine/open.ts";
import { lockOf, passphraseFrom } from "../../machine/set-up-slots.ts";
import { type StoreKind, type StoreState, storeKinds } from "../../store/secret-store.ts";
import { failureReason } from "../../system/failure-reason.ts";
import { UserError } from "../../system/user-error.ts";
import { within } from "../../system/within.ts";
import type { Fact, StoreFacts } from "./snapshot.ts";

/** All of it, after which no socket is held open; and its parts, one after the other: state, items, the agent. */
const storeTimeoutMs = 7000;
const stateTimeoutMs = 3500;
const listTimeoutMs = 2000;

/** The store that a call would use now, and its state. Asks no question and reads no secret. */
export async function storeFacts(config: AwsConfig, machine: Machine): Promise<Fact<StoreFacts>> {
  return await soft(storeTimeoutMs, () => gatherStore(config, machine));
}

/** A fact within the time limit. An error becomes the reason: gathering goes on, also after a bug of one check. */
async function soft<T>(timeoutMs: number, work: () => Promise<T>): Promise<Fact<T>> {
  const asked = Promise.resolve()
    .then(work)
    .then(
      (value): Fact<T> => ({ value }),
      // What an error says without secrets that it may hold: our own messages, and the system's codes.
      (error: unknown): Fact<T> => ({
        because: error instanceof UserError ? error.message : failureReason(error),
      }),
    );
  return (await within(timeoutMs, asked)) ?? { because: `no answer within ${timeoutMs / 1000} s` };
}

async function gatherStore(config: AwsConfig, machine: Machine): Promise<StoreFacts> {
  const settings = storeSettings(config, machine, {
    unattended: true,
    deadline: machine.clock.monotonic() + storeTimeoutMs,
  });
  const { wanted } = settings;
  const named = storeKinds.find((kind) => kind === wanted?.value);
  const kinds: readonly StoreKind[] = wanted === undefined ? ["keychain", "file"] : named ? [named] : [];
  const stated = await Promise.all(
    kinds.map(async (kind): Promise<[StoreKind, StoreState]> => {
      const state = await soft(stateTimeoutMs, () => machine.storeState(kind, settings));
      return [kind, "value" in state ? state.value : { kind: "broken", because: state.because }];
    }),
  );
  const states: Partial<Record<StoreKind, StoreState>> = Object.fromEntries(stated);
  const used = wanted === undefined ? usedByDefault(states) : named;
  const items: Fact<readonly string[]> =
    used === undefined
      ? { because: "no store is in use" }
      : await soft(listTimeoutMs, () => namesIn(machine, settings));
  const isFile = used === "file" && states.file?.kind === "ready";
  const lock = isFile ? await lockOf({ machine, settings }) : undefined;
  return {
    wanted,
    states,
    used,
    items,
    givenPassphrase: passphraseFrom({ machine, settings }),
    slots: lock?.report.slots,
    opens: lock?.report.opens ?? undefined,
    agentBecause: lock?.because,
    agentHint: lock?.hint,
  };
}

/** Where nothing asks for one: the keychain where there is one, else the file store. */
function usedByDefault({ keychain }: Partial<Record<StoreKind, StoreState>>): StoreKind {
  return keychain?.kind === "absent" || keychain?.kind === "not-set-up" ? "file" : "keychain";
}

async function namesIn(machine: Machine, settings: StoreSettings): Promise<string[]> {
  return (await machine.store(settings).list()).map(({ name }) => name);
}
