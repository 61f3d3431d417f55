import type { StoredItem, StoreKind } from "../../store/secret-store.ts";
import { type Holdings, holdingsOf } from "./holdings.ts";

/** What is known before anything is read. */
export interface MigrationFacts {
  readonly to: StoreKind;
  readonly sources: readonly Source[];
  /** The setting names the target already. */
  readonly isSet: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A store that is to be emptied. */
export interface Source {
  readonly kind: StoreKind;
  /** Calls look for secrets there now. */
  readonly inUse: boolean;
  readonly items: readonly StoredItem[];
  /** Long-term keys that the configuration names and the store does not list: damaged ones, or its list was lost. */
  readonly unlisted: readonly StoredItem[];
}

/** One thing to do. */
export type Step =
  /** Of a long-term key: copy, read back, compare. */
  | {
      readonly do: "copy";
      readonly from: StoreKind;
      readonly item: StoredItem;
      /** False: only the configuration names it, and it need not be there. */
      readonly listed: boolean;
    }
  /** From here on the target is used. */
  | { readonly do: "switch"; readonly to: StoreKind }
  | {
      readonly do: "remove";
      readonly from: StoreKind;
      readonly item: StoredItem;
      readonly of: keyof Holdings;
    };

/**
 * The order that loses no key wherever it is interrupted: all keys are in the target before the target is used, and the
 * target is used before anything leaves a source. An interrupted run is finished by planning again. Sessions are not
 * moved: they can be requested again, for one MFA code, and moving them while calls write new ones is what made this
 * hard. Pure.
 */
export function planMigration({ to, sources, isSet, now }: MigrationFacts): readonly Step[] {
  // A store in use goes before one that an interrupted run was emptying.
  const ordered = [...sources].sort((a, b) => Number(b.inUse) - Number(a.inUse));
  const copies = ordered.flatMap(({ kind: from, items, unlisted }) => [
    ...holdingsOf(items, now).keys.map((item) => ({ do: "copy", from, item, listed: true }) as const),
    ...unlisted.map((item) => ({ do: "copy", from, item, listed: false }) as const),
  ]);
  const removals = (of: "sessions" | "rest") =>
    ordered.flatMap(({ kind: from, items }) =>
      holdingsOf(items, now)[of].map((item) => ({ do: "remove", from, item, of }) as const),
    );
  return [
    ...copies,
    ...(isSet ? [] : [{ do: "switch", to } as const]),
    ...copies.map(({ from, item }) => ({ do: "remove", from, item, of: "keys" }) as const),
    ...removals("sessions"),
    ...removals("rest"),
  ];
}
