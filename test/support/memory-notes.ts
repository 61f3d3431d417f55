import type { Notes } from "../../src/system/files/notes.ts";

/** Notes that live as long as the test. */
export function memoryNotes(): Notes {
  const kept = new Map<string, string>();
  return {
    read: async (name) => {
      const text = kept.get(name);
      return text === undefined ? undefined : JSON.parse(text);
    },
    write: async (name, value) => {
      kept.set(name, JSON.stringify(value));
    },
    remove: async (name) => {
      kept.delete(name);
    },
  };
}
