import type { SecretStore } from "./secret-store.ts";

/** A way to open the file store. Any one of them opens all of it, as with the slots of LUKS. Nothing here is secret. */
export type UnlockSlot =
  | {
      readonly kind: "passphrase";
      readonly id: string;
      /** What one try costs: milliseconds when it was made on that machine are not kept, bytes of memory are known. */
      readonly memoryBytes: number;
    }
  | {
      readonly kind: "ssh-agent";
      readonly id: string;
      /** As `ssh-add -l` shows it: `SHA256:…`. */
      readonly fingerprint: string;
      readonly keyType: "ssh-ed25519" | "ssh-rsa";
      readonly comment: string;
    }
  /** Written by a version that knows more. It is kept. */
  | { readonly kind: "unknown"; readonly id: string };

/** What a new slot shall be opened with. */
export type NewSlot =
  | { readonly kind: "passphrase" }
  /** Fingerprint, comment, or a part of one that fits a single key; absent: the only key that can be used. */
  | { readonly kind: "ssh-agent"; readonly key?: string };

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
  /** Asks nobody. */
  slots(): Promise<readonly UnlockSlot[]>;
  /**
   * Makes a new slot, and where there is none yet the master key with it. A further slot needs the store opened by one
   * that is there: by an agent that holds its key, else by a passphrase. Every new slot is tried, read back from the
   * disk, before this resolves.
   */
  add(slot: NewSlot): Promise<UnlockSlot>;
  /** Removes a slot by its id. Rejects with UserError for the last one. */
  remove(id: string): Promise<void>;
  /** The keys in the agent; rejects with UserError where there is no agent. */
  agentKeys(): Promise<readonly AgentKey[]>;
}

/** The encrypted file store. */
export interface FileStore extends SecretStore {
  readonly unlocking: Unlocking;
}
