import { Command, Option } from "clipanion";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import type { Task } from "../../machine/machine.ts";
import { type LockReport, lockOf, slotText } from "../../machine/set-up-slots.ts";
import { type StoreKind, type StoreState, storeKinds } from "../../store/secret-store.ts";
import { type StoreInUse, storeInUse } from "../../store/which-store.ts";
import { storeProbeTimeoutMs } from "../../system/limits.ts";
import { printable } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import { within } from "../../system/within.ts";
import { countOf, holdingsOf, listStore, theStore } from "./holdings.ts";

export class StoreStatusCommand extends AwsAsCommand {
  static override paths = [["store", "status"]];
  static override usage = Command.Usage({
    details: `
      Reads no secret and asks nobody. A store that is broken is a line of the answer, and no failure.

      The JSON has \`used\` and \`stores\`. \`used\` has \`kind\` (null where a name is asked for that is no store), \`from\`
      (AWS_AS_STORE, file:line, or null where nothing is asked for) and \`because\`. Each of \`stores\` has \`kind\`,
      \`state\` (ready, locked, not-set-up, absent, broken), \`because\` (null when ready), \`sessions\` and \`keys\` (how
      many; null when it cannot be told). The file store has \`lock\` when it is set up: \`slots\`, each with \`id\`, \`kind\`
      (passphrase, ssh-agent, unknown), and \`memoryBytes\`, or \`fingerprint\`, \`keyType\`, \`comment\` and \`held\` (by the
      agent now); and \`opens\`, what opens it now with no question (ssh-agent, AWS_AS_PASSPHRASE, passphrase_process,
      or null).
    `,
  });

  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });

  protected override async perform(): Promise<string> {
    const status = await storesStatus(await taskOf(this.context));
    return this.json ? `${JSON.stringify(inJson(status))}\n` : statusText(status);
  }
}

function inJson({ used: { kind, from, because }, stores }: StoresStatus) {
  return { used: { kind, from, because }, stores };
}

function statusText({ used, stores }: StoresStatus): string {
  const headline =
    used.kind === null
      ? `no store is used: ${used.because}`
      : `${theStore(used.kind)} is used: ${used.because}`;
  const lines = [headline, ...stores.flatMap(linesOf)];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

const stateWords: Readonly<Record<StoreReport["state"], string>> = {
  ready: "ready",
  locked: "locked",
  "not-set-up": "not set up",
  absent: "not there",
  broken: "broken",
};

function linesOf({ kind, state, because, keys, sessions, lock }: StoreReport): string[] {
  const reason = because === null ? "" : ` (${because})`;
  const counts = [countOf(keys ?? 0, "long-term key"), countOf(sessions ?? 0, "session")].filter(Boolean);
  const parts = [
    `${stateWords[state]}${reason}`,
    ...counts,
    ...(lock?.opens ? [`opens with no question by ${byWhat[lock.opens]}`] : []),
  ];
  return [`${theStore(kind)}: ${parts.join(", ")}`, ...(lock?.slots ?? []).map(slotLine)];
}

const byWhat: Readonly<Record<NonNullable<LockReport["opens"]>, string>> = {
  "ssh-agent": "the ssh-agent",
  AWS_AS_PASSPHRASE: "AWS_AS_PASSPHRASE",
  passphrase_process: "passphrase_process",
};

function slotLine(slot: LockReport["slots"][number]): string {
  const remark = slot.held === undefined ? "" : slot.held ? ", held now" : ", not held now";
  return `  ${slot.id}  ${slotText(slot)}${remark}`;
}

/** The state of a store, found out without reading a secret. */
interface StoreReport {
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

interface StoresStatus {
  readonly used: StoreInUse;
  readonly stores: readonly StoreReport[];
}

/** Examines all stores. Reads no secret and asks no person; what is broken is part of the answer. */
async function storesStatus(task: Task): Promise<StoresStatus> {
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
