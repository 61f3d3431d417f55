import { createHash, randomBytes } from "node:crypto";

/**
 * How a document lies in a keychain whose items are limited in length.
 *
 * The first part alone says whether there are more, so that the usual item costs one read:
 *
 *     aws-as 1                                  \n document
 *     aws-as 1 <further parts> <set> <sha256>   \n beginning of the document
 *     aws-as 1 <set> <number>                   \n a further part, under a name of its own set
 *
 * Every write makes a new set, and its first part is written last. A reader therefore sees one whole document,
 * or a first part whose set is gone; two writers never mix.
 */
const magic = "aws-as 1";

/** What the first part says. */
export type FirstPart =
  | { readonly kind: "whole"; readonly value: string }
  | {
      readonly kind: "split";
      readonly set: string;
      /** How many further parts. */
      readonly further: number;
      readonly sha256: string;
      readonly beginning: string;
    };

const sha256 = (value: string): string => createHash("sha256").update(value, "utf8").digest("base64url");

/** The name of a further part; they count from 1. */
export const partName = (name: string, set: string, number: number): string => `${name}#${set}.${number}`;

/** Cuts after at most `bytes` bytes of UTF-8, never inside a character. */
function cut(text: Buffer, bytes: number): [string, Buffer] {
  let end = Math.min(bytes, text.length);
  while (end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return [text.subarray(0, end).toString("utf8"), text.subarray(end)];
}

/** The texts to store: further parts first, as they must be written, the first part by itself. */
export interface SplitDocument {
  readonly set?: string;
  readonly first: string;
  readonly further: readonly string[];
}

/** Splits a document into texts of at most `limit` bytes of UTF-8, headers included. The limit is 128 or more. */
export function splitDocument(
  value: string,
  limit: number,
  set = randomBytes(8).toString("hex"),
): SplitDocument {
  if (limit < 128) throw new Error("parts of less than 128 bytes cannot hold their header");
  // keytar's Linux side passes C strings on and would cut the document here, silently.
  if (value.includes("\0")) throw new Error("a document in the keychain must not contain NUL");
  const whole = `${magic}\n${value}`;
  if (Buffer.byteLength(whole) <= limit) return { first: whole, further: [] };
  const furtherHeader = (number: number): string => `${magic} ${set} ${number}\n`;
  // Six digits for the count: the header's length must be known before the number of parts is.
  const firstHeader = (count: number): string =>
    `${magic} ${String(count).padStart(6, "0")} ${set} ${sha256(value)}\n`;
  let [beginning, rest] = cut(Buffer.from(value, "utf8"), limit - Buffer.byteLength(firstHeader(0)));
  const further: string[] = [];
  while (rest.length > 0) {
    const header = furtherHeader(further.length + 1);
    const [text, after] = cut(rest, limit - header.length);
    further.push(`${header}${text}`);
    rest = after;
  }
  return { set, first: `${firstHeader(further.length)}${beginning}`, further };
}

/** Reads a first part; undefined when it is not one of ours, or of a version that is not known here. */
export function readFirstPart(text: string): FirstPart | undefined {
  const end = text.indexOf("\n");
  if (end < 0) return undefined;
  const header = text.slice(0, end);
  const value = text.slice(end + 1);
  if (header === magic) return { kind: "whole", value };
  const match = /^aws-as 1 (\d{6}) ([0-9a-f]{16}) ([\w-]{43})$/.exec(header);
  if (!match) return undefined;
  const [, further = "", set = "", hash = ""] = match;
  return { kind: "split", set, further: Number(further), sha256: hash, beginning: value };
}

/** The document, or undefined when a part is missing, foreign or changed. */
export function joinParts(
  first: FirstPart & { kind: "split" },
  further: readonly (string | undefined)[],
): string | undefined {
  let value = first.beginning;
  for (const [index, part] of further.entries()) {
    const header = `${magic} ${first.set} ${index + 1}\n`;
    if (!part?.startsWith(header)) return undefined;
    value += part.slice(header.length);
  }
  return further.length === first.further && sha256(value) === first.sha256 ? value : undefined;
}
