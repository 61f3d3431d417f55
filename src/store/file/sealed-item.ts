import { quoted } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import { storedItemFrom } from "../item-index.ts";
import { ItemDamaged, type StoredItem } from "../secret-store.ts";
import type { MasterKey } from "./key-file.ts";
import { isSealed, type Sealed, seal, unseal } from "./seal.ts";

/** An item as it is in its file. */
export interface SealedItem extends StoredItem, Sealed {
  /** The id of the master key that it was sealed under. */
  readonly key: string;
  /** Authenticated too; in items that were written while there was a ledger of revisions. */
  readonly revision?: number;
}

/** What is wrong with an item's file, in the words that follow "is damaged: ". */
const faults = {
  "cut-short": "it is cut short, or not JSON",
  incomplete: "a field is missing",
  swapped: "it holds another item",
  "other-key": "it was sealed under another master key",
  changed: "it was changed after it was written",
} as const;
export type Fault = keyof typeof faults;

/** An item's file that does not hold what was written to it: cut short, changed, or taken from elsewhere. */
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
 * The error for a file, with what to do. A session can be requested again, so its file may go. What does not expire
 * is a long-term key, which may exist nowhere else: no hint removes it for good.
 *
 * @param item what can still be read of it; absent: it may have been anything
 */
export function damaged(file: string, fault: Fault, item?: Pick<StoredItem, "expiresAt">): StoreItemDamaged {
  const remove = `rm ${quoted(file)}`;
  if (item?.expiresAt !== undefined) return new StoreItemDamaged(file, fault, [remove]);
  const restore = `it may be a long-term key: restore ${quoted(file)} from a backup`;
  const replace = "else make a new key, and store that: aws-as keys add NAME";
  if (item !== undefined) return new StoreItemDamaged(file, fault, [restore, replace]);
  return new StoreItemDamaged(file, fault, [restore, replace, `if it was a session: ${remove}`]);
}

const version = 1;

/** What is authenticated with an item. Fields that later versions added take part where they are there. */
function contextOf(item: StoredItem, keyId: string, revision: number | undefined): unknown[] {
  const { name, label, expiresAt, createdAt, addedAt } = item;
  const times = createdAt === undefined && addedAt === undefined ? [] : [createdAt ?? null, addedAt ?? null];
  const numbered = revision === undefined ? [] : ["revision", revision];
  return ["aws-as item", version, keyId, name, label, expiresAt ?? null, ...times, ...numbered];
}

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

/** What is sealed in an item, which then is authentic with its name, label and times; else what is wrong. */
export function openItem(item: SealedItem, { id, key }: MasterKey): Buffer | "other-key" | "changed" {
  if (item.key !== id) return "other-key";
  return unseal(key, item, contextOf(item, id, item.revision)) ?? "changed";
}

/** The text of an item's file. */
export function printItem(item: StoredItem, value: string, { id, key }: MasterKey): string {
  const { name, label, expiresAt, createdAt, addedAt } = item;
  const box = seal(key, Buffer.from(value, "utf8"), contextOf(item, id, undefined));
  return `${JSON.stringify({ version, name, label, expiresAt, createdAt, addedAt, key: id, ...box })}\n`;
}
