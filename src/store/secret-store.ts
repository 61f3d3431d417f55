import { UserError } from "../system/user-error.ts";

/** What is told about an item without opening it. */
export interface StoredItem {
  readonly name: string;
  /** For a person's eyes. */
  readonly label: string;
  /** Milliseconds since 1970; absent for items that do not end. */
  readonly expiresAt?: number;
}

/** Holds one secret document per item name, in a place that only this user can read. */
export interface SecretStore {
  readonly kind: "keychain" | "file";
  /** The document, or undefined when there is no such item (a damaged or torn keychain item reads as absent). */
  read(name: string): Promise<string | undefined>;
  /** Replaces the item in one step: a reader sees the old document or the new one. */
  write(item: StoredItem, value: string): Promise<void>;
  /** True when there was something to remove. */
  remove(name: string): Promise<boolean>;
  /** Names, labels and ends of all items. Never reads a secret, never asks a person. */
  list(): Promise<readonly StoredItem[]>;
}

/** An item is there but cannot be opened: truncated, tampered with, or put under another name. */
export class ItemDamaged extends UserError {}
