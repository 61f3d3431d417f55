import type { Machine } from "../cli/machine.ts";
import { type StoreKind, storeKinds } from "../store/secret-store.ts";
import type { Source, Step } from "./plan-migration.ts";

/**
 * What a migration that was interrupted may have left: stores with the names of the items in question, "all" for
 * everything in the store. A store that is not in this is none of our business: others may use it, as with a password
 * store that several machines share.
 */
export type Unfinished = ReadonlyMap<StoreKind, "all" | readonly string[]>;

const note = "migration";

export async function readUnfinished({ notes }: Pick<Machine, "notes">): Promise<Unfinished> {
  const noted = ((await notes.read(note)) ?? {}) as Record<string, unknown>;
  const unfinished = new Map<StoreKind, "all" | readonly string[]>();
  for (const kind of storeKinds) {
    const names = noted[kind];
    if (names === "all") unfinished.set(kind, "all");
    if (Array.isArray(names))
      unfinished.set(
        kind,
        names.filter((name) => typeof name === "string"),
      );
  }
  return unfinished;
}

/** What a run may leave in every store that it touches: all that it moves out of, and the copies that it makes. Pure. */
export function unfinishedOf(
  to: StoreKind,
  listed: readonly { readonly name: string }[],
  sources: readonly Source[],
  steps: readonly Step[],
): Unfinished {
  const before = new Set(listed.map(({ name }) => name));
  const copies = steps.flatMap((step) => (step.do === "bring" ? [step.move.item.name] : []));
  return new Map([
    ...sources.map(({ kind, only }) => [kind, only === undefined ? ("all" as const) : [...only]] as const),
    [to, [...new Set(copies)].filter((name) => !before.has(name))] as const,
  ]);
}

export async function noteUnfinished(
  unfinished: Unfinished,
  { notes }: Pick<Machine, "notes">,
): Promise<void> {
  await notes.write(note, Object.fromEntries(unfinished));
}

export async function noteFinished({ notes }: Pick<Machine, "notes">): Promise<void> {
  await notes.remove(note);
}
