import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { quoted } from "../../system/printable.ts";
import type { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";
import { refusalOf } from "../ssh-agent/ssh-key.ts";
import { isSealed, type Sealed, seal, unseal } from "./seal.ts";

/**
 * master-key.json: the random key that all items are sealed under, wrapped once for each slot.
 *
 *     { "version": 1, "id": "…", "slots": [
 *       { "kind": "passphrase", "id": "…", "N": 131072, "r": 8, "p": 1, "salt": "…",
 *         "nonce": "…", "sealed": "…", "sum": "…" },
 *       { "kind": "ssh-agent", "id": "…", "key": "…", "comment": "…", "challenge": "…",
 *         "nonce": "…", "sealed": "…", "sum": "…" } ] }
 *
 * A slot of an unknown kind is kept and passed over. Everything in a slot but the box itself is authenticated by the
 * box. The sum protects against no attacker: it tells a damaged file from a wrong passphrase before the user is asked.
 * Slots written before there were sums have none.
 */
export interface MasterKey {
  /** Written into each item, so that an item of another key is not taken for a damaged one. */
  readonly id: string;
  readonly key: Buffer;
}

/** What scrypt may cost: 128 * N * r bytes of memory. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export interface PassphraseSlot extends ScryptCost {
  readonly kind: "passphrase";
  readonly id: string;
  /** base64 */
  readonly salt: string;
}

export interface AgentSlot {
  readonly kind: "ssh-agent";
  readonly id: string;
  /** The public key as SSH writes it, in base64. */
  readonly key: string;
  readonly comment: string;
  /** What is signed, in base64: random, made for this slot. */
  readonly challenge: string;
}

/** A slot without its box. */
export type Slot = PassphraseSlot | AgentSlot;

/** A slot as it is in the file. */
export type SealedSlot<S extends Slot = Slot> = S & Sealed & { readonly sum?: string };

/** A slot to be written, with its wrapping key. */
export interface NewKeySlot {
  readonly slot: Slot;
  readonly wrappingKey: Buffer;
  /** The wrapping key once more, from the slot as it was read back from the file. */
  derive(read: SealedSlot): Promise<Buffer>;
  /** The passphrase, which may open a file that another process made at the same moment. */
  readonly given?: Secret;
}

interface UnknownSlot {
  readonly kind: "unknown";
  readonly id: string;
}

/** One entry of the file. */
export interface Entry {
  /** As it was read, or is to be written. */
  readonly raw: unknown;
  readonly slot: SealedSlot | UnknownSlot;
  /** What is wrong with it, as far as it shows without the sum; see damageOf. */
  readonly fault?: string;
}

export interface KeyFile {
  readonly id: string;
  readonly entries: readonly Entry[];
  /** All of the file. */
  readonly raw: Readonly<Record<string, unknown>>;
}

const version = 1;

function contextOf(fileId: string, slot: Slot): unknown[] {
  const start = ["aws-as master key", version, fileId, slot.kind, slot.id];
  return slot.kind === "passphrase"
    ? [...start, slot.N, slot.r, slot.p, slot.salt]
    : [...start, slot.key, slot.comment, slot.challenge];
}

function sumOf(fileId: string, slot: SealedSlot): string {
  return createHash("sha256")
    .update(JSON.stringify([contextOf(fileId, slot), slot.nonce, slot.sealed]))
    .digest("hex")
    .slice(0, 16);
}

/** The slot with the master key in it, wrapped under a key of 32 bytes. */
export function sealSlot(masterKey: MasterKey, slot: Slot, wrappingKey: Buffer): SealedSlot {
  const sealed = { ...slot, ...seal(wrappingKey, masterKey.key, contextOf(masterKey.id, slot)) };
  return { ...sealed, sum: sumOf(masterKey.id, sealed) };
}

/** The master key; undefined when the wrapping key is another one, or anything in the slot was changed. */
export function unsealSlot(fileId: string, slot: SealedSlot, wrappingKey: Buffer): MasterKey | undefined {
  const key = unseal(wrappingKey, slot, contextOf(fileId, slot));
  return key?.length === 32 ? { id: fileId, key } : undefined;
}

/** A changed file must not use up all memory (limit: 512 MiB), or hang (limit: 16 times the usual time). */
function isBearable({ N, r, p }: ScryptCost): boolean {
  const counts = [N, r, p].every((count) => Number.isInteger(count) && count > 0);
  return (
    counts && N > 1 && (N & (N - 1)) === 0 && r <= 32 && p <= 16 && N * r <= 2 ** 22 && N * r * p <= 2 ** 24
  );
}

function slotFrom(value: object): SealedSlot | undefined {
  if (!isSealed(value)) return undefined;
  const { kind, id, sum, salt, N, r, p, key, comment, challenge } = value as Partial<
    Record<keyof PassphraseSlot | keyof AgentSlot | "sum", unknown>
  >;
  const texts = kind === "passphrase" ? [salt] : [key, comment, challenge];
  const numbers = kind === "passphrase" ? [N, r, p] : [];
  const known =
    (kind === "passphrase" || kind === "ssh-agent") &&
    [id, ...texts].every((text) => typeof text === "string") &&
    numbers.every((number) => typeof number === "number") &&
    (sum === undefined || typeof sum === "string");
  return known ? (value as SealedSlot) : undefined;
}

/** What is wrong with a slot, as far as its fields show. */
function faultOf(slot: SealedSlot): string | undefined {
  if (slot.kind === "passphrase")
    return isBearable(slot) ? undefined : "its scrypt parameters are out of bounds";
  const refused = refusalOf(Buffer.from(slot.key, "base64"));
  return refused === undefined ? undefined : "its public key is not one that can open a store";
}

/** Why an entry cannot open anything; undefined when its fields and its sum are right. */
export function damageOf({ id }: KeyFile, { slot, fault }: Entry): string | undefined {
  if (slot.kind === "unknown" || fault !== undefined) return fault;
  const isAsWritten = slot.sum === undefined || slot.sum === sumOf(id, slot);
  return isAsWritten ? undefined : "it was changed after it was written";
}

function entryFrom(raw: unknown, number: number): Entry {
  const value = typeof raw === "object" && raw !== null ? raw : {};
  const slot = slotFrom(value);
  if (slot === undefined) {
    const { id } = value as { id?: unknown };
    return { raw, slot: { kind: "unknown", id: typeof id === "string" ? id : `number-${number}` } };
  }
  const fault = faultOf(slot);
  return fault === undefined ? { raw, slot } : { raw, slot, fault };
}

/** A master key file from which nothing can be opened. */
export function keyFileDamaged(file: string, what: string): UserError {
  return new UserError(`the master key "${file}" is damaged: ${what}`, {
    hints: [
      "put back a copy of the file from a backup, if there is one",
      `rm -r ${quoted(dirname(file))}  # gives up all that is stored in it`,
    ],
  });
}

/** Reads the text of a file; throws UserError that names the file and what is wrong with it. */
export function keyFileFrom(text: string, file: string): KeyFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw keyFileDamaged(file, "it is cut short, or not JSON");
  }
  const raw = (content ?? {}) as Record<string, unknown>;
  const { version: found, id, slots } = raw;
  if (found !== version) {
    if (typeof found !== "number") throw keyFileDamaged(file, "it has no version");
    throw new UserError(
      `the master key "${file}" has format ${found}, and this aws-as knows format ${version}`,
      { hints: ["npm install --global aws-as@latest"] },
    );
  }
  if (typeof id !== "string" || !Array.isArray(slots)) throw keyFileDamaged(file, "a field is missing");
  return { id, entries: slots.map((slot, number) => entryFrom(slot, number)), raw };
}

/** The text of a file with these slots, and with all else that it had. */
export function keyFileText(id: string, slots: readonly unknown[], raw: KeyFile["raw"] = {}): string {
  return `${JSON.stringify({ ...raw, version, id, slots }, undefined, 2)}\n`;
}
