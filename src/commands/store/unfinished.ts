import type { Machine } from "../../machine/machine.ts";
import { type StoreKind, storeKinds } from "../../store/secret-store.ts";
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

/**
 * What a run may leave in every store that it touches: all that it moves out of, and the copies that it makes; and what
 * an earlier run may have left there. Pure.
 *
 * @param listed what the target lists before
 */
export function unfinishedOf(
  to: StoreKind,
  listed: readonly { readonly name: string }[],
  sources: readonly Source[],
  steps: readonly Step[],
  earlier: Unfinished,
): Unfinished {
  const before = new Set(listed.map(({ name }) => name));
  const brought = steps.flatMap((step) => (step.do === "bring" ? [step.move.item.name] : []));
  const copies = brought.filter((name) => !before.has(name));
  const left = earlier.get(to) ?? [];
  const unfinished = new Map(earlier);
  for (const { kind, only } of sources) unfinished.set(kind, only === undefined ? "all" : [...only]);
  return unfinished.set(to, left === "all" ? "all" : [...new Set([...left, ...copies])]);
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
