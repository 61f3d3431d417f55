import { randomBytes } from "node:crypto";
import type { Clock } from "../../system/clock.ts";
import { readTextFile } from "../../system/files/private-files.ts";
import { printable } from "../../system/printable.ts";
import { availableMemory, processorTime } from "../../system/resources.ts";
import { UserError } from "../../system/user-error.ts";
import type { NewSlot, UnlockSlot } from "../secret-store.ts";
import { fingerprintOf, keyTypeOf } from "../ssh-agent/ssh-key.ts";
import { chooseAgentKey, newAgentSlot } from "./agent-slot.ts";
import { changeKeyFile } from "./change-key-file.ts";
import {
  damageOf,
  type Entry,
  type KeyFile,
  keyFileDamaged,
  keyFileFrom,
  keyFileText,
  type MasterKey,
  type NewKeySlot,
  type PassphraseSlot,
  type ScryptCost,
  type Slot,
  sealSlot,
  unsealSlot,
} from "./key-file.ts";
import { deriveInTurn, type Opened, type OpeningOptions, openMasterKey } from "./open-master-key.ts";
import { chooseCost, measureScrypt, memoryOf, newPassphraseSlot } from "./passphrase-slot.ts";

/** What slots are made with, and the master key is opened with. */
export interface SlotOptions extends OpeningOptions {
  readonly clock: Clock;
  /** For new slots of a passphrase; absent: measured on this machine. */
  readonly cost?: ScryptCost;
}

async function newPassphraseKeySlot(
  why: "create" | "add",
  { passphrase, cost, turns }: SlotOptions,
): Promise<NewKeySlot> {
  const given = await passphrase(why, 1);
  if (given.reveal() === "") throw new Error("an empty passphrase reached the master key");
  const affordable = async (): Promise<ScryptCost> =>
    chooseCost({ millisecondsPerN: await measureScrypt(processorTime), memory: availableMemory() });
  const slot = newPassphraseSlot(cost ?? (await affordable()));
  const derive = (from: PassphraseSlot): Promise<Buffer> => deriveInTurn(given, from, turns);
  return {
    slot,
    given,
    wrappingKey: await derive(slot),
    derive: async (read) => await derive(read as PassphraseSlot),
  };
}

/** The file with the new slot in it, which replaces one of the same key in the agent. */
function withSlot(content: KeyFile | undefined, masterKey: MasterKey, made: NewKeySlot): string {
  const sealed = sealSlot(masterKey, made.slot, made.wrappingKey);
  const kept = (content?.entries ?? []).filter(
    ({ slot }) => !(sealed.kind === "ssh-agent" && slot.kind === "ssh-agent" && slot.key === sealed.key),
  );
  return keyFileText(masterKey.id, [...kept.map(({ raw }) => raw), sealed], content?.raw);
}

/** Rejects unless the new slot, as it stands in the text, opens the master key. */
async function proveSlot(text: string, file: string, masterKey: MasterKey, made: NewKeySlot): Promise<void> {
  const content = keyFileFrom(text, file);
  const entry = content.entries.find(({ slot }) => slot.id === made.slot.id);
  const opened =
    entry === undefined || entry.slot.kind === "unknown" || damageOf(content, entry) !== undefined
      ? undefined
      : unsealSlot(masterKey.id, entry.slot, await made.derive(entry.slot));
  if (opened?.key.equals(masterKey.key) !== true) {
    throw new UserError(`what was written to "${file}" does not open it, so it was left as it was`, {
      hints: ["the disk or the memory of this machine may be failing"],
    });
  }
}

/** Puts the slot into the file; without a master key it makes one. The text that is there if another process was first. */
async function putSlot(
  made: NewKeySlot,
  masterKey: Opened | undefined,
  { file, clock }: SlotOptions,
): Promise<{ readonly opened: Opened } | { readonly answer: string }> {
  const { id, key } = masterKey ?? { id: randomBytes(8).toString("hex"), key: randomBytes(32) };
  const result = await changeKeyFile<string>(file, clock, (text) => {
    if (masterKey === undefined && text !== undefined) return { answer: text };
    const content = text === undefined ? undefined : keyFileFrom(text, file);
    if (masterKey !== undefined && content?.id !== id) throw replaced(file);
    return {
      change: {
        text: withSlot(content, { id, key }, made),
        prove: (written) => proveSlot(written, file, { id, key }, made),
      },
    };
  });
  return result === "changed" ? { opened: { id, key, slotId: made.slot.id } } : result;
}

function replaced(file: string): UserError {
  return new UserError(`"${file}" was replaced by another one while it was open here`, {
    hints: ["try again"],
  });
}

/** Makes the master key with a slot for a new passphrase, or opens the one that another process made meanwhile. */
export async function createByPassphrase(options: SlotOptions): Promise<Opened> {
  const made = await newPassphraseKeySlot("create", options);
  const put = await putSlot(made, undefined, options);
  if ("opened" in put) return put.opened;
  // Its key counts, and may well have the same passphrase.
  return await openMasterKey(keyFileFrom(put.answer, options.file), options, made.given);
}

/**
 * Adds a slot, and makes the master key where there is none.
 *
 * @param open opens the one that is there
 */
export async function addSlot(
  wanted: NewSlot,
  options: SlotOptions,
  open: () => Promise<Opened>,
): Promise<{ readonly slot: UnlockSlot; readonly opened: Opened }> {
  const { file } = options;
  const text = readTextFile(file);
  // Before a new secret is asked for, which would be in vain without it.
  const opened = text === undefined ? undefined : await open();
  const hasPassphrase =
    text !== undefined && keyFileFrom(text, file).entries.some(({ slot }) => slot.kind === "passphrase");
  const made =
    wanted.kind === "passphrase"
      ? await newPassphraseKeySlot(hasPassphrase ? "add" : "create", options)
      : await newAgentSlot(options.agent, chooseAgentKey(await options.agent.identities(), wanted.key));
  const put = await putSlot(made, opened, options);
  if ("opened" in put) return { slot: described(made.slot), opened: put.opened };
  const theirs = await openMasterKey(keyFileFrom(put.answer, file), options, made.given);
  const again = await putSlot(made, theirs, options);
  if (!("opened" in again)) throw replaced(file);
  return { slot: described(made.slot), opened: again.opened };
}

function isUsable(content: KeyFile, entry: Entry): boolean {
  return entry.slot.kind !== "unknown" && damageOf(content, entry) === undefined;
}

/**
 * Removes a slot, if the file can be opened without it.
 *
 * @param proven ids of slots that opened the file in this process; others are tried
 */
export async function removeSlot(
  id: string,
  options: SlotOptions,
  proven: ReadonlySet<string>,
): Promise<Opened | undefined> {
  const { file, clock } = options;
  const without = (text: string | undefined): KeyFile => {
    if (text === undefined) throw new UserError("the file store is not set up");
    const content = keyFileFrom(text, file);
    const entries = content.entries.filter(({ slot }) => slot.id !== id);
    if (entries.length === content.entries.length) {
      throw new UserError(`the file store has no slot "${id}"`, {
        hints: [`it has: ${content.entries.map(({ slot }) => slot.id).join(", ")}`],
      });
    }
    if (!entries.some((entry) => isUsable(content, entry))) {
      throw new UserError("the last way to open the file store cannot be removed", {
        hints: ["add another one first"],
      });
    }
    return { ...content, entries };
  };
  const rest = without(readTextFile(file));
  const known = rest.entries.find((entry) => isUsable(rest, entry) && proven.has(entry.slot.id));
  const opened = known === undefined ? await openByTheRest(rest, options) : undefined;
  const way = opened?.slotId ?? known?.slot.id;
  await changeKeyFile(file, clock, (text) => {
    const content = without(text);
    const { id: fileId, entries, raw } = content;
    const kept = entries.find(({ slot }) => slot.id === way);
    if (fileId !== rest.id || kept === undefined || !isUsable(content, kept)) throw replaced(file);
    const slots = entries.map((entry) => entry.raw);
    const prove = async (written: string): Promise<void> => {
      const found = keyFileFrom(written, file).entries.map((entry) => JSON.stringify(entry.raw));
      if (!found.includes(JSON.stringify(kept.raw)))
        throw keyFileDamaged(file, "it was not written as it should");
    };
    return { change: { text: keyFileText(fileId, slots, raw), prove } };
  });
  return opened;
}

/** Who removes the only slot that works is locked out for ever, whatever other slots the file has. */
async function openByTheRest(rest: KeyFile, options: SlotOptions): Promise<Opened> {
  try {
    return await openMasterKey(rest, options);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 1) throw error;
    throw new UserError(`not removed, as the others do not open the file store now: ${error.message}`, {
      hints: error.hints,
      cause: error,
    });
  }
}

/** The slots of a file, as commands show them. */
export function describedSlots(content: KeyFile): UnlockSlot[] {
  return content.entries.map((entry) => described(entry.slot, damageOf(content, entry)));
}

function described(slot: Slot | Entry["slot"], damage?: string): UnlockSlot {
  if (slot.kind === "unknown") return { kind: "unknown", id: slot.id };
  const damaged = damage === undefined ? {} : { damaged: damage };
  if (slot.kind === "passphrase") {
    return { kind: "passphrase", id: slot.id, memoryBytes: memoryOf(slot), ...damaged };
  }
  const key = Buffer.from(slot.key, "base64");
  return {
    kind: "ssh-agent",
    id: slot.id,
    fingerprint: fingerprintOf(key),
    keyType: keyTypeOf(key) === "ssh-rsa" ? "ssh-rsa" : "ssh-ed25519",
    comment: printable(slot.comment),
    ...damaged,
  };
}
