import type { StoredItem, StoreKind } from "../../store/secret-store.ts";
import { holdingsOf } from "./holdings.ts";

/** What is known before anything is read. */
export interface MigrationFacts {
  readonly to: StoreKind;
  readonly sources: readonly Source[];
  /** The setting names the target already. */
  readonly isSet: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A store that something may be moved out of. */
export interface Source {
  readonly kind: StoreKind;
  /** Calls look for secrets there now. */
  readonly inUse: boolean;
  readonly items: readonly StoredItem[];
  /** Only items of these names are to be moved; absent: all. */
  readonly only?: ReadonlySet<string>;
  /** Long-term keys that the configuration names and the store does not list: damaged ones, or its list was lost. */
  readonly unlisted: readonly StoredItem[];
}

/** One item on its way. */
export interface Move {
  readonly from: StoreKind;
  readonly item: StoredItem;
  readonly isKey: boolean;
  readonly listed: boolean;
}

/** One thing to do. */
export type Step =
  /** Copy, read back, compare. */
  | { readonly do: "bring"; readonly move: Move }
  /** From here on the target is used. */
  | { readonly do: "switch"; readonly to: StoreKind }
  /** Read once more, carry over what was written meanwhile, remove. */
  | { readonly do: "clear"; readonly move: Move }
  /** Remove what is of no use to anybody. */
  | { readonly do: "drop"; readonly from: StoreKind; readonly item: StoredItem };

/**
 * The order that loses nothing wherever it is interrupted: everything is in the target before the target is used, and
 * the target is used before anything leaves a source. A run that was interrupted is taken up by planning anew, also
 * after the switch: what it was moving out of is a source again. Long-term keys go first: if one cannot be moved,
 * little was done in vain. Pure.
 */
export function planMigration({ to, sources, isSet, now }: MigrationFacts): readonly Step[] {
  // What is used counts before what lies about.
  const ordered = [...sources].sort((a, b) => Number(b.inUse) - Number(a.inUse));
  const movesOf = ({ kind, items, unlisted }: Source, what: "keys" | "sessions"): Move[] => {
    const move = (listed: boolean) => (item: StoredItem) => ({
      from: kind,
      item,
      isKey: what === "keys",
      listed,
    });
    const listed = holdingsOf(items, now)[what].map(move(true));
    return what === "keys" ? [...listed, ...unlisted.map(move(false))] : listed;
  };
  const moves = (["keys", "sessions"] as const).flatMap((what) =>
    ordered.flatMap((source) => movesOf(source, what)),
  );
  const useless = ordered.flatMap(({ kind, items }) =>
    holdingsOf(items, now).rest.map((item) => ({ do: "drop", from: kind, item }) as const),
  );
  return [
    ...moves.map((move) => ({ do: "bring", move }) as const),
    ...(isSet ? [] : [{ do: "switch", to } as const]),
    ...moves.map((move) => ({ do: "clear", move }) as const),
    ...useless,
  ];
}

/** What a store says of a name. */
export type Reading =
  | { readonly kind: "absent" }
  /** It is there and cannot be opened. */
  | { readonly kind: "damaged"; readonly because: string }
  | { readonly kind: "document"; readonly value: string; readonly endsAt: number | undefined };

/** What is to be done about one name, both stores read. */
export type Verdict =
  /** The target takes the source's document. */
  | "write"
  /** The target has it, or something that ends later. */
  | "there"
  /** Nothing is behind the name any more. */
  | "gone"
  /** It cannot be opened, and no key is lost by leaving it where it is. */
  | "leave"
  /** A long-term key that cannot be had. */
  | "lost"
  /** Two different long-term keys under one name. */
  | "conflict";

/** Pure. */
export function judge(
  { isKey, listed }: Pick<Move, "isKey" | "listed">,
  source: Reading,
  target: Reading,
): Verdict {
  if (source.kind === "document") {
    if (target.kind !== "document") return "write";
    if (source.value === target.value) return "there";
    if (isKey) return "conflict";
    return (source.endsAt ?? 0) > (target.endsAt ?? 0) ? "write" : "there";
  }
  if (source.kind === "absent" && !listed) return "gone";
  if (isKey && target.kind !== "document") return "lost";
  // A run that was interrupted may have removed the document and not the entry of the list.
  return source.kind === "absent" ? "gone" : "leave";
}
