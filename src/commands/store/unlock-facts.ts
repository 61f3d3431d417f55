import type { Task } from "../../machine/machine.ts";
import type { Unlocking, UnlockSlot } from "../../store/secret-store.ts";
import { agentProbeTimeoutMs } from "../../system/limits.ts";
import { UserError } from "../../system/user-error.ts";
import { within } from "../../system/within.ts";
import { type AgentAnswer, describeKey } from "./plan-slots.ts";

/** What the ssh-agent says; that there is none, or that it hangs, is an answer as well. */
export async function askAgent(unlocking: Unlocking): Promise<AgentAnswer> {
  try {
    const keys = await within(agentProbeTimeoutMs, unlocking.agentKeys());
    if (keys === undefined)
      return { kind: "none", because: `the ssh-agent did not answer within ${agentProbeTimeoutMs / 1000} s` };
    return { kind: "keys", keys };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "none", because: error.message };
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
