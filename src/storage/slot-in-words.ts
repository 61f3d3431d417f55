import type { UnlockSlot } from "../store/unlock.ts";
import { describeKey } from "./plan-slots.ts";

/** A way to open the file store, for a person. */
export function slotInWords(slot: UnlockSlot): string {
  switch (slot.kind) {
    case "passphrase":
      return `a passphrase (scrypt with ${Math.round(slot.memoryBytes / 2 ** 20)} MiB)`;
    case "ssh-agent":
      return `the ssh-agent's ${slot.keyType} key ${describeKey(slot)}`;
    case "unknown":
      return "something that this version does not know";
  }
}
