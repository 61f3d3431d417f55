import type { UnlockSlot } from "../../store/unlock.ts";
import { describeKey } from "./plan-slots.ts";

/** A way to open the file store, for a person. */
export function slotInWords(slot: UnlockSlot): string {
  if (slot.kind === "unknown") return "something that this version does not know";
  const remark = slot.damaged === undefined ? "" : `, damaged: ${slot.damaged}`;
  switch (slot.kind) {
    case "passphrase":
      return `a passphrase (scrypt with ${Math.round(slot.memoryBytes / 2 ** 20)} MiB)${remark}`;
    case "ssh-agent":
      return `the ssh-agent's ${slot.keyType} key ${describeKey(slot)}${remark}`;
  }
}
