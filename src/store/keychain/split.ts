import { createHash, randomBytes } from "node:crypto";
import { type FirstPart, magic } from "./parts.ts";

/* Apart from parts.ts because node:crypto takes some 3 ms to load, and the usual read does without it. */

const sha256 = (value: string): string => createHash("sha256").update(value, "utf8").digest("base64url");

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
