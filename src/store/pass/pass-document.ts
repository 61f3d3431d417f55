import { storedItemFrom } from "../item-index.ts";
import type { StoredItem } from "../secret-store.ts";

/**
 * What lies encrypted in an entry: the document first, as pass has it with passwords, then a line that says whose it is.
 *
 *     {"version":1,"accessKeyId":…}
 *     aws-as: {"version":1,"name":"long-term key AKIA…","label":…}
 *
 * The line shows that the document is whole, and that nobody put it under another name.
 */
const mark = "\naws-as: ";
const version = 1;

export function printPassDocument({ name, label, expiresAt, createdAt, addedAt }: StoredItem, value: string) {
  return `${value}${mark}${JSON.stringify({ version, name, label, expiresAt, createdAt, addedAt })}\n`;
}

/** A document as it was found; `damage` says in a few words what is wrong with it. */
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
