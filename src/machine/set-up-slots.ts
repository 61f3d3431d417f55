import {
  type AgentAnswer,
  describeKey,
  planSlots,
  type SlotPlan,
  type SlotRequest,
} from "../store/plan-slots.ts";
import type { NewSlot, SecretStore, Unlocking, UnlockSlot } from "../store/secret-store.ts";
import { agentProbeTimeoutMs } from "../system/limits.ts";
import { UserError } from "../system/user-error.ts";
import { within } from "../system/within.ts";
import type { Task } from "./machine.ts";

export const noRequest: SlotRequest = { agent: false, passphrase: false };

/** What setting the file store up touches, and how long a person is waited for. */
type SetUpTask = Pick<Task, "machine" | "settings" | "say">;

/**
 * Sets the file store up where it is the one in use and opens by nothing yet: before a code is asked for whose session
 * could not be kept. Only with a person at a terminal, and where no passphrase is given.
 *
 * @param store the one in use, after a first call to it has shown which it is
 */
export async function setUpOnFirstUse(store: SecretStore, task: SetUpTask): Promise<void> {
  if (store.kind !== "file" || task.machine.terminal() === "" || passphraseFrom(task) !== undefined) return;
  const { unlocking } = await task.machine.fileStore(task.settings);
  if (!unlocking.isSetUp()) await setUpSlots(noRequest, task);
}

/** The file store's lock. */
export async function setUpSlots(request: SlotRequest, task: SetUpTask): Promise<void> {
  const { machine, settings, say } = task;
  const { unlocking } = await machine.fileStore(settings);
  const slots = unlocking.isSetUp() ? await unlocking.slots() : [];
  for (const slot of slots) say(`the file store is opened by ${slotText(slot)}`);
  const plan = planSlots({
    request,
    slots,
    agent: await askAgent(unlocking),
    canAsk: machine.terminal() !== "",
    passphraseGiven: passphraseFrom(task) !== undefined,
  });
  for (const slot of await slotsOf(plan, task)) {
    const added: UnlockSlot = await unlocking.add(slot);
    say(`the file store is opened by ${slotText(added)} from now on`);
  }
}

async function slotsOf(plan: SlotPlan, { machine, settings, say }: SetUpTask): Promise<readonly NewSlot[]> {
  switch (plan.kind) {
    case "add":
      if (plan.slots.some(({ kind }) => kind === "passphrase") && plan.because !== undefined) {
        say(`the file store gets a passphrase: ${plan.because}`);
      }
      return plan.slots;
    case "impossible":
      throw new UserError(plan.message, { hints: plan.hints });
    case "choose": {
      const texts = plan.offers.map(({ text }) => text);
      const chosen = await machine.choose("What shall open the file store", texts, settings.deadline);
      const offer = plan.offers.find(({ text }) => text === chosen);
      if (offer === undefined) {
        throw new UserError("nothing was chosen; nothing was changed", {
          hints: ["aws-as store setup file --ssh-agent", "aws-as store setup file --passphrase"],
        });
      }
      return offer.slots;
    }
  }
}

/** What the ssh-agent says; that there is none, or that it hangs, is an answer as well. */
async function askAgent(unlocking: Unlocking): Promise<AgentAnswer> {
  try {
    const keys = await within(agentProbeTimeoutMs, unlocking.agentKeys());
    if (keys === undefined)
      return { kind: "none", because: `the ssh-agent did not answer within ${agentProbeTimeoutMs / 1000} s` };
    return { kind: "keys", keys };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "none", because: error.message, hint: error.hints[0] };
  }
}

/** Whether the file store's passphrase can be had without asking a person, and how. */
export function passphraseFrom({
  machine,
  settings,
}: Pick<Task, "machine" | "settings">): "AWS_AS_PASSPHRASE" | "passphrase_process" | undefined {
  if (machine.env["AWS_AS_PASSPHRASE"]) return "AWS_AS_PASSPHRASE";
  return settings.passphraseProcess ? "passphrase_process" : undefined;
}

/** A way to open the file store, for a person. */
export function slotText(slot: UnlockSlot): string {
  if (slot.kind === "unknown") return "something that this version does not know";
  const remark = slot.damaged === undefined ? "" : `, damaged: ${slot.damaged}`;
  switch (slot.kind) {
    case "passphrase":
      return `a passphrase (scrypt with ${Math.round(slot.memoryBytes / 2 ** 20)} MiB)${remark}`;
    case "ssh-agent":
      return `the ssh-agent's ${slot.keyType} key ${describeKey(slot)}${remark}`;
  }
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

/** What opens the file store, and why nothing does at the moment. */
export async function lockOf(
  task: Pick<Task, "machine" | "settings">,
): Promise<{ readonly report: LockReport; readonly because?: string; readonly hint?: string }> {
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
  if (agent.kind === "keys")
    return { report, because: "the ssh-agent does not hold its key", hint: "ssh-add" };
  return { report, because: agent.because, ...(agent.hint !== undefined && { hint: agent.hint }) };
}
