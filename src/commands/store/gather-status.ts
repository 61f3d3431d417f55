import type { Task } from "../../machine/machine.ts";
import { type StoreKind, type StoreState, storeKinds, type UnlockSlot } from "../../store/secret-store.ts";
import { type StoreInUse, storeInUse } from "../../store/which-store.ts";
import { storeProbeTimeoutMs } from "../../system/limits.ts";
import { UserError } from "../../system/user-error.ts";
import { within } from "../../system/within.ts";
import { holdingsOf, listStore } from "./holdings.ts";
import type { AgentAnswer } from "./plan-slots.ts";
import { askAgent, passphraseFrom } from "./unlock-facts.ts";

/** The state of a store, found out without reading a secret. */
export interface StoreReport {
  readonly kind: StoreKind;
  readonly state: StoreState["kind"];
  /** Why it is not ready, or what went wrong while it was examined. */
  readonly because: string | null;
  /** null: not known. Expired sessions do not count. */
  readonly sessions: number | null;
  readonly keys: number | null;
  /** Of the file store alone. */
  readonly lock?: LockReport;
}

/** What opens the file store. */
export interface LockReport {
  readonly slots: readonly (UnlockSlot & {
    /** For a key of the ssh-agent: the agent holds it now. */
    readonly held?: boolean;
  })[];
  /** What opens it now with no question; null: a person would be asked for the passphrase, or there is no way. */
  readonly opens: "ssh-agent" | "AWS_AS_PASSPHRASE" | "passphrase_process" | null;
}

export interface StoresStatus {
  readonly used: StoreInUse;
  readonly stores: readonly StoreReport[];
}

/** Examines all stores. Reads no secret and asks no person; what is broken is part of the answer. */
export async function storesStatus(task: Task): Promise<StoresStatus> {
  const stores = await Promise.all(storeKinds.map((kind) => reportOf(kind, task)));
  const keychain = stores.find(({ kind }) => kind === "keychain");
  const state: StoreState = {
    kind: keychain?.state ?? "absent",
    ...(keychain?.because ? { because: keychain.because } : {}),
  };
  return { used: storeInUse(task.settings.wanted, state), stores };
}

async function reportOf(kind: StoreKind, task: Task): Promise<StoreReport> {
  const { machine, settings } = task;
  const { answer: state = { kind: "broken" }, because } = await settled(machine.storeState(kind, settings));
  const listed = await settled(listStore(kind, machine, settings));
  const held = listed.answer && holdingsOf(listed.answer, machine.clock.now());
  const isOpen = kind === "file" && state.kind === "ready";
  const lock = isOpen ? await settled(lockOf(task)) : undefined;
  const opens = lock?.answer?.report.opens;
  return {
    kind,
    ...(opens === null
      ? { state: "locked", because: lock?.answer?.because ?? "a person would be asked for the passphrase" }
      : {
          state: listed.answer === undefined && state.kind === "ready" ? "broken" : state.kind,
          because: state.because ?? because ?? lock?.because ?? listed.because ?? null,
        }),
    sessions: held?.sessions.length ?? null,
    keys: held?.keys.length ?? null,
    ...(lock?.answer === undefined ? {} : { lock: lock.answer.report }),
  };
}

/** What opens the file store, and why nothing does at the moment. */
async function lockOf(task: Task): Promise<{ readonly report: LockReport; readonly because?: string }> {
  const { unlocking } = await task.machine.fileStore(task.settings);
  const slots = await unlocking.slots();
  const agent: AgentAnswer = slots.some(({ kind }) => kind === "ssh-agent")
    ? await askAgent(unlocking)
    : { kind: "none", because: "" };
  const usable = agent.kind === "none" ? [] : agent.keys.filter(({ refused }) => refused === undefined);
  const reports = slots.map((slot) =>
    slot.kind === "ssh-agent"
      ? {
          ...slot,
          held: usable.some(
            ({ fingerprint }) => fingerprint === slot.fingerprint && slot.damaged === undefined,
          ),
        }
      : slot,
  );
  const byAgent = reports.some((slot) => "held" in slot && slot.held);
  const byPassphrase = slots.some((slot) => slot.kind === "passphrase" && slot.damaged === undefined)
    ? passphraseFrom(task)
    : undefined;
  const report = { slots: reports, opens: byAgent ? ("ssh-agent" as const) : (byPassphrase ?? null) };
  if (report.opens !== null || !slots.some(({ kind }) => kind === "ssh-agent")) return { report };
  return { report, because: agent.kind === "none" ? agent.because : "the ssh-agent does not hold its key" };
}

/** An answer within the time limit, or why there is none. */
async function settled<T>(work: Promise<T>): Promise<{ readonly answer?: T; readonly because?: string }> {
  try {
    const answer = await within(storeProbeTimeoutMs, work);
    return answer === undefined
      ? { because: `no answer within ${storeProbeTimeoutMs / 1000} s` }
      : { answer };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { because: error.message };
  }
}
