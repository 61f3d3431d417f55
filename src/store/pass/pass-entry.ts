import { createHash } from "node:crypto";
import { UserError } from "../../system/user-error.ts";
import { storedItemFrom } from "../item-index.ts";
import type { StoredItem } from "../secret-store.ts";

/** The folder of the entries where `pass_prefix` is not set. */
export const defaultPrefix = "aws-as";

/** Hexadecimal digits of an item's hash in the name of its entry: enough that no two items share one. */
const digits = 16;

/** Characters of an item's name that its entry shows; a file name has at most 255 bytes, and that of a temporary copy must fit too. */
const shown = 160;

/** What is kept of a name: nothing that a shell, a path or another file system reads as more than a letter. */
const unsafe = /[^A-Za-z0-9 _.,=@+-]/gu;

/**
 * The entry of an item, as a name in one folder: the item's name made safe, and a hash of all of it, because names
 * may differ in their case or in a replaced character only.
 */
export function entryOf(name: string): string {
  const safe = name
    .replace(unsafe, "_")
    .slice(0, shown)
    .replace(/^[-. ]+/, "")
    .trim();
  return `${safe || "item"} ${hashOf(name)}`;
}

/** The item's name, where the entry shows all of it; else undefined. */
export function nameOfEntry(entry: string): string | undefined {
  const name = entry.slice(0, -digits - 1);
  return name !== "" && entryOf(name) === entry ? name : undefined;
}

function hashOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, digits);
}

/**
 * The folder of the entries, checked: names below the password store, none of them hidden or leading elsewhere.
 *
 * @throws UserError (wrong usage) for anything else
 */
export function prefixFrom(setting: string | undefined): string {
  const prefix = (setting ?? defaultPrefix).replace(/\/+$/, "");
  const names = prefix.split("/");
  if (names.every((name) => /^[^-.\p{C}\s][^\p{C}]*$/u.test(name) && name.length <= 200)) return prefix;
  throw new UserError(`pass_prefix = ${JSON.stringify(setting)} is no folder of a password store`, {
    hints: [`names separated by "/", such as pass_prefix = ${defaultPrefix}`],
    exitCode: 2,
  });
}

/**
 * The text that an entry encrypts: the document first, where pass has the password, then a line with the item's name.
 *
 *     {"version":1,"accessKeyId":…}
 *     aws-as: {"version":1,"name":"long-term key AKIA…","label":…}
 *
 * The line proves that the document is whole, and that the entry was not renamed.
 */
const mark = "\naws-as: ";
const version = 1;

export function printPassDocument({ name, label, expiresAt, createdAt, addedAt }: StoredItem, value: string) {
  return `${value}${mark}${JSON.stringify({ version, name, label, expiresAt, createdAt, addedAt })}\n`;
}

/** A document as it was read; `damage` says what is wrong with it. */
export type PassDocument = { readonly value: string } | { readonly damage: string };

/** Reads the text of the entry that this item should have. */
export function parsePassDocument(text: string, name: string): PassDocument {
  const at = text.lastIndexOf(mark);
  if (at < 0) return { damage: "it is cut short, or was not written by aws-as" };
  let about: unknown;
  try {
    about = JSON.parse(text.slice(at + mark.length));
  } catch {
    return { damage: "it is cut short, or was edited" };
  }
  if ((about as { version?: unknown } | null)?.version !== version) {
    return { damage: "it was written by another version of aws-as" };
  }
  const item = storedItemFrom(about);
  if (item === undefined) return { damage: "a field is missing" };
  return item.name === name ? { value: text.slice(0, at) } : { damage: "it holds another item" };
}
