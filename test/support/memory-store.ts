import type { SecretStore, StoredItem } from "../../src/store/secret-store.ts";

/** A SecretStore in memory that counts and can be made to fail. */
export interface MemoryStore extends SecretStore {
  /** Calls so far, failed ones included. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly removals: readonly string[];
  /** What it holds, for looking at. */
  readonly contents: ReadonlyMap<string, { readonly item: StoredItem; readonly value: string }>;
  /** From now on every call of this kind rejects with the error; undefined ends it. */
  fail(operation: "read" | "write" | "remove" | "list", error: Error | undefined): void;
  /** Runs before each read or write, so that a test can let another process come between. */
  before(operation: "read" | "write", hook: ((name: string) => void | Promise<void>) | undefined): void;
  /** Puts an item there without counting. */
  put(item: StoredItem, value: string): void;
}

/**
 * A store for the tests of other rooms. Strict as the real ones together: names and labels must not be empty,
 * names must not hold control characters, values must be JSON without NUL, ends must be whole milliseconds.
 */
export function memoryStore(kind: SecretStore["kind"] = "keychain"): MemoryStore {
  const contents = new Map<string, { item: StoredItem; value: string }>();
  const reads: string[] = [];
  const writes: string[] = [];
  const removals: string[] = [];
  const failures = new Map<string, Error>();
  const hooks = new Map<string, (name: string) => void | Promise<void>>();

  const check = (item: StoredItem, value: string): void => {
    if (item.label === "") throw new Error(`the item "${item.name}" has no label`);
    if (item.expiresAt !== undefined && !Number.isSafeInteger(item.expiresAt)) {
      throw new Error(`the item "${item.name}" ends at ${item.expiresAt}, which is no time in milliseconds`);
    }
    JSON.parse(value);
    if (value.includes("\0")) throw new Error(`the item "${item.name}" holds NUL`);
  };
  const enter = async (operation: string, name: string): Promise<void> => {
    if (name === "" || /\p{Cc}/u.test(name)) throw new Error(`"${name}" is no item name`);
    await hooks.get(operation)?.(name);
    const failure = failures.get(operation);
    if (failure) throw failure;
  };
  return {
    kind,
    contents,
    reads,
    writes,
    removals,
    fail: (operation, error) => {
      if (error) failures.set(operation, error);
      else failures.delete(operation);
    },
    before: (operation, hook) => {
      if (hook) hooks.set(operation, hook);
      else hooks.delete(operation);
    },
    put: (item, value) => {
      check(item, value);
      contents.set(item.name, { item, value });
    },
    read: async (name) => {
      reads.push(name);
      await enter("read", name);
      return contents.get(name)?.value;
    },
    write: async (item, value) => {
      writes.push(item.name);
      check(item, value);
      await enter("write", item.name);
      contents.set(item.name, { item, value });
    },
    remove: async (name) => {
      removals.push(name);
      await enter("remove", name);
      return contents.delete(name);
    },
    list: async () => {
      const failure = failures.get("list");
      if (failure) throw failure;
      return [...contents.values()].map(({ item }) => item);
    },
  };
}
