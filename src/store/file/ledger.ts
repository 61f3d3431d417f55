import { UserError } from "../../system/user-error.ts";
import type { MasterKey } from "./key-file.ts";
import { isSealed, type Sealed, seal, unseal } from "./seal.ts";

/**
 * The ledger of the file store: the latest revision of each item, so that an old file of an item, put in the place of
 * the newer one or of one that was removed, is not taken for the item.
 *
 *     ledger.json: { "version": 1, "key": "<id of the master key>", "nonce": "…", "sealed": "…" }
 *     sealed in it: { "items": { "<file name>": { "revision": 1712345678901, "expiresAt": … }, … } }
 *
 * Items seal their revision. A writer, alone by a lock, puts the item in place first and the ledger second, and a reader
 * takes the ledger first and the item second. So a reader may find an item newer than the ledger says (its writer is not
 * done, or was killed), and never an older one, unless somebody put it there.
 *
 * What cannot be told: the whole folder put back, or an item together with the ledger of its time. Nothing outside the
 * folder remembers it.
 */
export interface Ledger {
  readonly items: ReadonlyMap<string, LedgerEntry>;
  /** The ledger was lost and made anew, and no person has heard of it yet. */
  readonly untold?: Loss;
}

export interface LedgerEntry {
  readonly revision: number;
  /** Milliseconds since 1970; absent for items that do not end. */
  readonly expiresAt?: number;
  /** A tombstone: copies up to this revision were removed. */
  readonly removed?: true;
}

/** Why there is no ledger to go by, in the words that follow "the ledger of the file store ". */
const losses = {
  missing: "was missing",
  torn: "was cut short, or not JSON",
  changed: "was changed after it was written",
  foreign: "was sealed under another master key",
} as const;
export type Loss = keyof typeof losses;

const version = 1;
/** Milliseconds for which a removed item's end is outlived by its tombstone: clocks differ. */
const graceMs = 86_400_000;

const contextOf = (keyId: string): unknown[] => ["aws-as ledger", version, keyId];

/**
 * Opens the text of the ledger's file.
 *
 * @throws UserError when a newer version wrote it: then nothing is known here, and it must not be replaced
 */
export function ledgerFrom(text: string | undefined, file: string, { id, key }: MasterKey): Ledger | Loss {
  if (text === undefined) return "missing";
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return "torn";
  }
  const { version: found, key: keyId } = (content ?? {}) as Record<string, unknown>;
  if (typeof found === "number" && found > version) {
    throw new UserError(`the ledger "${file}" has format ${found}, and this aws-as knows format ${version}`, {
      hints: ["npm install --global aws-as@latest"],
    });
  }
  if (typeof content !== "object" || content === null || !isSealed(content)) return "torn";
  if (keyId !== id) return "foreign";
  const plain = unseal(key, content as Sealed, contextOf(id));
  if (!plain) return "changed";
  // Authentic, so that it has the shape in which it was written.
  const { items, untold } = JSON.parse(plain.toString("utf8")) as {
    items: Record<string, LedgerEntry>;
    untold?: Loss;
  };
  return { items: new Map(Object.entries(items)), ...(untold && { untold }) };
}

/** The text of the ledger's file. */
export function printLedger({ items, untold }: Ledger, { id, key }: MasterKey): string {
  const plain = JSON.stringify({ items: Object.fromEntries(items), untold });
  return `${JSON.stringify({ version, key: id, ...seal(key, Buffer.from(plain, "utf8"), contextOf(id)) })}\n`;
}

/** What the ledger says against an item of this revision; undefined when nothing. */
export function objection(
  entry: LedgerEntry | undefined,
  revision: number | undefined,
): "rolled-back" | "put-back" | undefined {
  if (!entry) return undefined;
  // An item without a revision is older than the ledger that knows of it.
  const found = revision ?? Number.NEGATIVE_INFINITY;
  if (entry.removed) return found <= entry.revision ? "put-back" : undefined;
  return found < entry.revision ? "rolled-back" : undefined;
}

/**
 * The revision of an item that is written now: the time, and in any case more than the last. The time, because it grows
 * also past what the ledger does not know: a killed writer's item, a tombstone that was dropped.
 *
 * @param now milliseconds since 1970
 */
export const nextRevision = (entry: LedgerEntry | undefined, now: number): number =>
  Math.max(Math.floor(now), (entry?.revision ?? 0) + 1);

/** The ledger after an item was written, and after what else is no longer there was found to be gone. */
export function updated(
  ledger: Ledger,
  there: ReadonlySet<string>,
  now: number,
  written?: { readonly file: string; readonly entry: LedgerEntry },
): Ledger {
  const items = new Map(ledger.items);
  if (written) items.set(written.file, written.entry);
  for (const [file, entry] of items) {
    // Tombstones of what does not end stay for good: a removed long-term key must not come back by any backup.
    if (entry.removed && (entry.expiresAt ?? Number.POSITIVE_INFINITY) + graceMs < now) items.delete(file);
    else if (!entry.removed && !there.has(file)) items.set(file, { ...entry, removed: true });
  }
  return { ...ledger, items };
}

/** A ledger that was lost while items were there that it had known. Told once; the store works on. */
export class LedgerLost extends UserError {
  readonly loss: Loss;

  constructor(file: string, loss: Loss) {
    super(
      `the ledger of the file store ${losses[loss]} (${file}): old items could have been put back unnoticed, and count from now on`,
      {
        hints: [
          "run the same command again",
          "look for keys and sessions that should be gone: aws-as keys list && aws-as status",
        ],
      },
    );
    this.name = "LedgerLost";
    this.loss = loss;
  }
}
