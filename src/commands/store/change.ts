import { Command, Option } from "clipanion";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import { withKeysLock } from "../../machine/keys-lock.ts";
import type { Task } from "../../machine/machine.ts";
import { slotText } from "../../machine/set-up-slots.ts";
import type { UnlockSlot } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";

export class StoreChangeCommand extends AwsAsCommand {
  static override paths = [["store", "change"]];
  static override usage = Command.Usage({
    details: `
      The file store can open in several ways, as a disk with LUKS slots: each of them opens all of it. To change them
      it has to be opened by one that is there. \`store status\` lists them with their ids.

      The key that everything is encrypted with stays the same. Whoever has an old copy of master-key.json and what
      opened it then can still open the items.
    `,
    examples: [
      ["also by a key of the ssh-agent", "$0 store change --add-ssh-key --key me@laptop"],
      ["another passphrase", "$0 store change --new-passphrase"],
      ["no longer by this one", "$0 store change --remove 1f2e3d4c"],
    ],
  });

  addSshKey = Option.Boolean("--add-ssh-key", false, { description: "let a key of the ssh-agent open it" });
  key = Option.String("--key", {
    description: "which of its keys: `KEY` is the fingerprint, the comment, or a part of one",
  });
  addPassphrase = Option.Boolean("--add-passphrase", false, {
    description: "let a further passphrase open it",
  });
  newPassphrase = Option.Boolean("--new-passphrase", false, {
    description: "a new passphrase in place of those that there are",
  });
  remove = Option.String("--remove", {
    description: "what shall no longer open it: `ID` of a slot, or a key's fingerprint",
  });

  protected override async perform(): Promise<string> {
    const { key, addSshKey, addPassphrase, newPassphrase, remove } = this;
    const usage = (message: string) =>
      new UserError(message, { hints: ["aws-as store status", "aws-as store change --help"], exitCode: 2 });
    if (key !== undefined && !addSshKey) throw usage("--key says which key --add-ssh-key is about");
    if (addPassphrase && newPassphrase)
      throw usage("--add-passphrase and --new-passphrase exclude each other");
    if (!addSshKey && !addPassphrase && !newPassphrase && remove === undefined) {
      throw usage("nothing says what shall be changed");
    }
    const request = { addSshKey, key, addPassphrase, newPassphrase, remove };
    await withKeysLock(this.context.machine, async () => change(request, await taskOf(this.context)));
    return "";
  }
}

export interface ChangeOptions {
  readonly addSshKey: boolean;
  /** Which key of the agent. */
  readonly key?: string | undefined;
  readonly addPassphrase: boolean;
  /** A new passphrase, and those that there are go. */
  readonly newPassphrase: boolean;
  /** The id of a slot, or the fingerprint of its key. */
  readonly remove?: string | undefined;
}

/**
 * Changes what opens the file store. What is new comes before what is old goes.
 *
 * @throws UserError when nothing would be left that opens it, or nothing fits the request
 */
export async function change(
  request: ChangeOptions,
  { machine, settings, say, warn }: Omit<Task, "config" | "store">,
): Promise<void> {
  const { unlocking } = await machine.fileStore(settings);
  if (!unlocking.isSetUp()) {
    throw new UserError("the file store is not set up", { hints: ["aws-as store setup file"] });
  }
  const before = await unlocking.slots();
  const going = slotsToRemove(request, before);
  // One that this version does not know, or that is damaged, opens nothing here.
  const staying = before.filter((slot) => !going.includes(slot) && isUsable(slot));
  const adds = request.addSshKey || request.addPassphrase || request.newPassphrase;
  if (staying.length === 0 && !adds) {
    throw new UserError("this is the only way to open the file store; nothing was changed", {
      hints: [
        // The key that is to go would open it again.
        going.some(({ kind }) => kind === "ssh-agent")
          ? "another key of the ssh-agent: aws-as store change --add-ssh-key --key KEY"
          : "aws-as store change --add-ssh-key",
        "aws-as store change --add-passphrase",
      ],
    });
  }
  if (request.addSshKey) {
    const slot = await unlocking.add({ kind: "ssh-agent", key: request.key });
    say(`the file store is opened by ${slotText(slot)} from now on`);
  }
  if (request.addPassphrase || request.newPassphrase) {
    say(`the file store is opened by ${slotText(await unlocking.add({ kind: "passphrase" }))} from now on`);
  }
  for (const slot of going) {
    await unlocking.remove(slot.id);
    say(`the file store is no longer opened by ${slotText(slot)}`);
  }
  if (going.length === 0) return;
  warnOfCopies(going, warn);
}

function isUsable(slot: UnlockSlot): boolean {
  return slot.kind !== "unknown" && slot.damaged === undefined;
}

/** What goes, as it is now. */
function slotsToRemove({ remove, newPassphrase }: ChangeOptions, slots: readonly UnlockSlot[]): UnlockSlot[] {
  const named = remove === undefined ? [] : slots.filter((slot) => isNamed(slot, remove));
  if (remove !== undefined && named.length === 0) {
    throw new UserError(`nothing that opens the file store is called "${remove}"`, {
      hints: ["their ids: aws-as store status"],
    });
  }
  const old = newPassphrase ? slots.filter(({ kind }) => kind === "passphrase") : [];
  return slots.filter((slot) => named.includes(slot) || old.includes(slot));
}

function isNamed(slot: UnlockSlot, name: string): boolean {
  return slot.id === name || (slot.kind === "ssh-agent" && slot.fingerprint === name);
}

function warnOfCopies(gone: readonly UnlockSlot[], warn: Task["warn"]): void {
  const what = gone.some(({ kind }) => kind === "passphrase") ? "the old passphrase" : "the removed key";
  warn(
    `the key that everything is encrypted with stays the same: who has an old copy of master-key.json and ${what} can still open the items`,
  );
  warn(
    "if that may be: move everything to another store (aws-as store migrate), remove the folder of the file store, move back; and rotate the long-term keys (aws-as keys rotate)",
  );
}
