import type { SecretStore } from "../store/secret-store.ts";

/**
 * A store that goes where the setting goes. While `store migrate` moves everything from one store to another, calls
 * that began before it are under way: what they no longer find in the old store is in the new one, and what they
 * write into the old one would be found by nobody. A hit costs nothing more than without.
 *
 * @param moved the store that the configuration names by now; undefined while it is the one in hand. Never rejects.
 */
export function followingStore(
  first: SecretStore,
  moved: () => Promise<SecretStore | undefined>,
): SecretStore {
  let store = first;
  const follow = async (): Promise<boolean> => {
    const next = await moved();
    if (next !== undefined) store = next;
    return next !== undefined;
  };
  /** What the store says; if it says nothing, or fails, and the setting has moved on, what the next one says. */
  const ask = async <T>(question: (store: SecretStore) => Promise<T>, isNothing: (answer: T) => boolean) => {
    for (;;) {
      let answer: T;
      try {
        answer = await question(store);
      } catch (error) {
        if (await follow()) continue;
        throw error;
      }
      if (!isNothing(answer) || !(await follow())) return answer;
    }
  };
  return {
    get kind() {
      return store.kind;
    },
    read: (name) =>
      ask(
        (it) => it.read(name),
        (value) => value === undefined,
      ),
    list: () =>
      ask(
        (it) => it.list(),
        () => true,
      ),
    // Looked at again after the write: a migration reads an item once more before it removes it, so that what was
    // written before the setting changed is seen by the migration, and what was written after it is seen here.
    write: async (item, value) => {
      await ask(
        (it) => it.write(item, value),
        () => true,
      );
    },
    remove: async (name) => {
      let removed = false;
      await ask(
        async (it) => {
          removed = (await it.remove(name)) || removed;
        },
        () => true,
      );
      return removed;
    },
  };
}
