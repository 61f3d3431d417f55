import { quoted } from "../../system/shell-quote.ts";
import { UserError } from "../../system/user-error.ts";
import { storedItemFrom } from "../item-index.ts";
import { ItemDamaged, type StoredItem } from "../secret-store.ts";
import type { MasterKey } from "./key-file.ts";
import { isSealed, type Sealed, seal, unseal } from "./seal.ts";

/** An item as it lies in a file of its own. */
export interface SealedItem extends StoredItem, Sealed {
  /** The id of the master key that it was sealed under. */
  readonly key: string;
  /** Grows with each write of the item (see ledger.ts). Absent: written where no ledger was kept. */
  readonly revision?: number;
}

/** What is wrong with an item's file, in the words that follow "is damaged: ". */
const faults = {
  "cut-short": "it is cut short, or not JSON",
  incomplete: "a field is missing",
  swapped: "it holds another item",
  "other-key": "it was sealed under another master key",
  changed: "it was changed after it was written",
  "rolled-back": "it is an older copy of the item, put in the place of a newer one",
  "put-back": "the item was removed, and an old copy of it was put back",
} as const;
export type Fault = keyof typeof faults;

/** An item's file that does not hold what was written last: cut short, changed, taken from elsewhere, or an old one. */
export class StoreItemDamaged extends ItemDamaged {
  readonly file: string;
  readonly fault: Fault;

  constructor(file: string, fault: Fault, hints: readonly string[]) {
    super(`the stored item "${file}" is damaged: ${faults[fault]}`, { hints });
    this.name = "StoreItemDamaged";
    this.file = file;
    this.fault = fault;
  }
}

/**
 * The error for a file, with what mends it. A session can be had anew, so its file may go. What has no end is a
 * long-term key, which may exist nowhere else: nothing is said that would remove it for good.
 *
 * @param item what can still be read of it; absent: it may have been anything
 * @param ledgerFile the file whose removal makes old copies count again
 */
export function damaged(
  file: string,
  fault: Fault,
  item?: Pick<StoredItem, "expiresAt">,
  ledgerFile?: string,
): StoreItemDamaged {
  const remove = `rm ${quoted(file)}`;
  if (item?.expiresAt !== undefined) return new StoreItemDamaged(file, fault, [remove]);
  const anew = "else make a new key, and store that: aws-as keys add NAME";
  if (ledgerFile !== undefined) {
    return new StoreItemDamaged(file, fault, [
      `if you put it back yourself: rm ${quoted(ledgerFile)}  # all items then count as they are`,
      anew,
    ]);
  }
  const restore = `it may be a long-term key: restore ${quoted(file)} from a backup`;
  if (item !== undefined) return new StoreItemDamaged(file, fault, [restore, anew]);
  return new StoreItemDamaged(file, fault, [restore, anew, `if it was a session: ${remove}`]);
}

const version = 1;

const contextOf = (item: StoredItem & { readonly revision?: number }, keyId: string): unknown[] => [
  "aws-as item",
  version,
  keyId,
  item.name,
  item.label,
  item.expiresAt ?? null,
  // Sessions have neither, and were sealed before these were thought of.
  ...(item.createdAt === undefined && item.addedAt === undefined
    ? []
    : [item.createdAt ?? null, item.addedAt ?? null]),
  ...(item.revision === undefined ? [] : ["revision", item.revision]),
];

/**
 * Reads an item's file, all but what is sealed in it; nothing of it is authentic yet.
 *
 * @throws StoreItemDamaged, or UserError when a newer version wrote it
 */
export function sealedItemFrom(text: string, file: string): SealedItem {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged(file, "cut-short");
  }
  const { version: found, key, revision } = (content ?? {}) as Record<string, unknown>;
  if (typeof found === "number" && found !== version) {
    throw new UserError(
      `the stored item "${file}" has format ${found}, and this aws-as knows format ${version}`,
      {
        hints: ["npm install --global aws-as@latest"],
      },
    );
  }
  const item = storedItemFrom(content);
  const whole = found === version && typeof key === "string" && isSealed(content as object);
  if (!item || !whole || (revision !== undefined && typeof revision !== "number")) {
    throw damaged(file, "incomplete", item);
  }
  const { nonce, sealed } = content as Sealed;
  return { ...item, key, nonce, sealed, ...(revision !== undefined && { revision }) };
}

/** What is sealed in an item, which then is authentic with its name, label, times and revision; else what is wrong. */
export function openItem(item: SealedItem, { id, key }: MasterKey): Buffer | "other-key" | "changed" {
  if (item.key !== id) return "other-key";
  return unseal(key, item, contextOf(item, id)) ?? "changed";
}

/** The text of an item's file. */
export function printItem(
  item: StoredItem & { readonly revision?: number | undefined },
  value: string,
  { id, key }: MasterKey,
): string {
  const { name, label, expiresAt, createdAt, addedAt, revision } = item;
  const box = seal(
    key,
    Buffer.from(value, "utf8"),
    contextOf({ ...item, revision } as StoredItem & { revision?: number }, id),
  );
  return `${JSON.stringify({ version, name, label, expiresAt, createdAt, addedAt, revision, key: id, ...box })}\n`;
}
