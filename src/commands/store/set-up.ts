import type { Task } from "../../machine/machine.ts";
import { proveStore } from "../../store/prove-store.ts";
import { type NewSlot, type StoreKind, storeNames, type UnlockSlot } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { planSlots, type SlotPlan, type SlotRequest } from "./plan-slots.ts";
import { askAgent, passphraseFrom, slotText } from "./unlock-facts.ts";

export const noRequest: SlotRequest = { agent: false, passphrase: false };

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

/** The file store's lock. */
async function setUpSlots(request: SlotRequest, task: Task): Promise<void> {
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

async function slotsOf(plan: SlotPlan, { machine, say }: Task): Promise<readonly NewSlot[]> {
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
      const chosen = await machine.choose("What shall open the file store", texts);
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
