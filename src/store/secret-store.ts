import { UserError } from "../system/user-error.ts";

/** What is told about an item without opening it. */
export interface StoredItem {
  readonly name: string;
  /** For a person's eyes. */
  readonly label: string;
  /** Milliseconds since 1970; absent for items that do not end. */
  readonly expiresAt?: number | undefined;
  /** Milliseconds since 1970 when what it holds was made, as far as that is known; kept for long-term keys. */
  readonly createdAt?: number | undefined;
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

/** A way to open the file store. Any one of them opens all of it, as with the slots of LUKS. Nothing here is secret. */
export type UnlockSlot =
  | {
      readonly kind: "passphrase";
      readonly id: string;
      /** What one try costs: milliseconds when it was made on that machine are not kept, bytes of memory are known. */
      readonly memoryBytes: number;
      /** Why it opens nothing any more. */
      readonly damaged?: string;
    }
  | {
      readonly kind: "ssh-agent";
      readonly id: string;
      /** As `ssh-add -l` shows it: `SHA256:…`. */
      readonly fingerprint: string;
      readonly keyType: "ssh-ed25519" | "ssh-rsa";
      readonly comment: string;
      readonly damaged?: string;
    }
  /** Written by a version that knows more. It is kept. */
  | { readonly kind: "unknown"; readonly id: string };

/** What a new slot shall be opened with. */
export type NewSlot =
  | { readonly kind: "passphrase" }
  /** Fingerprint, comment, or a part of one that fits a single key; absent: the only key that can be used. */
  | { readonly kind: "ssh-agent"; readonly key?: string | undefined };

/** A key that the ssh-agent holds. */
export interface AgentKey {
  readonly fingerprint: string;
  /** As in a public key file: `ssh-ed25519`, `ecdsa-sha2-nistp256`, … */
  readonly keyType: string;
  readonly comment: string;
  /** Why its signatures cannot open a store; absent: they can. */
  readonly refused?: string;
}

/** The lock of the file store: what opens it. */
export interface Unlocking {
  /** True when there is a master key. Asks nobody. */
  isSetUp(): boolean;
  /** Asks nobody; empty where it is not set up. */
  slots(): Promise<readonly UnlockSlot[]>;
  /**
   * Makes a new slot, and where there is none yet the master key with it. A further slot needs the store opened by one
   * that is there: by an agent that holds its key, else by a passphrase. Every new slot is tried, read back from the
   * disk, before this resolves. A slot of the same key in the agent gives way to the new one. A passphrase beside
   * another comes from AWS_AS_NEW_PASSPHRASE or a person.
   */
  add(slot: NewSlot): Promise<UnlockSlot>;
  /**
   * Removes a slot by its id. Rejects with UserError for the last one, and when none of the others opens the store now:
   * unless one did so in this process, they are tried, and a passphrase may be asked for.
   */
  remove(id: string): Promise<void>;
  /** The keys in the agent; rejects with UserError where there is no agent. */
  agentKeys(): Promise<readonly AgentKey[]>;
}

/** The encrypted file store. */
export interface FileStore extends SecretStore {
  readonly unlocking: Unlocking;
}
