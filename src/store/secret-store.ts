import { UserError } from "../system/user-error.ts";

/** What is told about an item without opening it. */
export interface StoredItem {
  readonly name: string;
  /** For a person's eyes. */
  readonly label: string;
  /** Milliseconds since 1970; absent for items that do not end. */
  readonly expiresAt?: number;
  /** Milliseconds since 1970 when what it holds was made, as far as that is known; kept for long-term keys. */
  readonly createdAt?: number;
  /** Milliseconds since 1970 when it was put into a store of ours; kept for long-term keys. */
  readonly addedAt?: number;
}

/** The places where secrets can rest: the OS keychain, files of ours, the password manager pass. */
export const storeKinds = ["keychain", "file", "pass"] as const;
export type StoreKind = (typeof storeKinds)[number];

/** How messages name them, behind "the". */
export const storeNames: Readonly<Record<StoreKind, string>> = {
  keychain: "keychain",
  file: "file store",
  pass: "password store",
};

/**
 * Whether a store can be used, told without reading a secret and without asking a person:
 *
 * - `ready`: yes, as far as can be told (macOS and Windows do not tell whether their keychain is locked)
 * - `locked`: it would ask a person first, or fail where there is none
 * - `not-set-up`: it could be, but nobody did
 * - `absent`: not on this machine, or not in this session
 * - `broken`: it does not answer, or what it keeps on the disk is not as it should be
 */
export interface StoreState {
  readonly kind: "ready" | "locked" | "not-set-up" | "absent" | "broken";
  /** Why it is not ready, as an error would say it. */
  readonly because?: string;
  /** What opens a locked one. */
  readonly opens?: string;
  /** It asks a person whenever a program reads an item, and this setting ends that. */
  readonly asksUnless?: string;
}

/** Holds one secret document per item name, in a place that only this user can read. */
export interface SecretStore {
  readonly kind: StoreKind;
  /** The document, or undefined when there is no such item. Rejects with ItemDamaged when it is there and not whole. */
  read(name: string): Promise<string | undefined>;
  /** Replaces the item in one step: a reader sees the old document or the new one. */
  write(item: StoredItem, value: string): Promise<void>;
  /** True when there was something to remove. */
  remove(name: string): Promise<boolean>;
  /** Names, labels and ends of all items. Never reads a secret, never asks a person. */
  list(): Promise<readonly StoredItem[]>;
}

/** An item is there but cannot be opened: truncated, tampered with, torn, or put under another name. */
export class ItemDamaged extends UserError {}
