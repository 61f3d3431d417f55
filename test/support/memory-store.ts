import type { SecretStore, StoredItem } from "../../src/store/secret-store.ts";
import { UserError } from "../../src/system/user-error.ts";

/** A store that lives as long as the test, counts, and fails on demand. */
export interface MemoryStore extends SecretStore {
  readonly items: Map<string, { item: StoredItem; value: string }>;
  reads: number;
  writes: number;
  /** Set: every read or write fails with this message. */
  failReads?: string;
  failWrites?: string;
}

export function memoryStore(): MemoryStore {
  const items: MemoryStore["items"] = new Map();
  const store: MemoryStore = {
    kind: "file",
    items,
    reads: 0,
    writes: 0,
    read: async (name) => {
      store.reads++;
      if (store.failReads !== undefined) throw new UserError(store.failReads);
      return items.get(name)?.value;
    },
    write: async (item, value) => {
      store.writes++;
      if (store.failWrites !== undefined) throw new UserError(store.failWrites);
      items.set(item.name, { item, value });
    },
    remove: async (name) => items.delete(name),
    list: async () => [...items.values()].map(({ item }) => item),
  };
  return store;
}
