import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/* Not by node:crypto: on the way of every cache hit, its loading alone would cost milliseconds. */

/** The hash of bytes. */
export const sha256Of = (bytes: Uint8Array): Buffer => Buffer.from(sha256(bytes));

/** The hash of a text as UTF-8, in hexadecimal digits. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));
