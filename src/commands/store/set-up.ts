import type { Task } from "../../machine/machine.ts";
import { setUpSlots } from "../../machine/set-up-slots.ts";
import type { SlotRequest } from "../../store/plan-slots.ts";
import { proveStore } from "../../store/prove-store.ts";
import { type StoreKind, storeNames } from "../../store/secret-store.ts";

/**
 * Makes a store one that works: the file store gets what opens it, and each is written to and read once. What is there
 * and good stays as it is.
 *
 * @throws UserError when it cannot be had, with what would help
 */
export async function setUpStore(kind: StoreKind, request: SlotRequest, task: Task): Promise<void> {
  const { machine, settings, say } = task;
  if (kind === "file") await setUpSlots(request, task);
  await proveStore(await machine.storeOf(kind, settings), machine.clock.now());
  say(`the ${storeNames[kind]} works: an item was written, read back and removed`);
}
