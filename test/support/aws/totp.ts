import { createHmac } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Length of one TOTP step in milliseconds. */
export const stepLength = 30_000;

/** The number of the TOTP step that a moment (milliseconds since 1970) lies in. */
export function totpStep(milliseconds: number): number {
  return Math.floor(milliseconds / stepLength);
}

/** The six digit code of RFC 6238 (SHA-1, 30 s steps) for a base32 secret at a moment in milliseconds since 1970. */
export function totpCode(base32Secret: string, milliseconds: number): string {
  return codeOfStep(base32Secret, totpStep(milliseconds));
}

/** The code of one step by its number. RFC 4226, section 5.3: the last four bits of the digest choose four of its bytes. */
export function codeOfStep(base32Secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", base32Decode(base32Secret)).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  const number = (digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000;
  return String(number).padStart(6, "0");
}

/** Throws on a character that is not base32, since a mistyped secret in a test's world would show as wrong codes. */
export function base32Decode(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text.replaceAll(/[\s=]/g, "").toUpperCase()) {
    const value = alphabet.indexOf(character);
    if (value < 0) throw new Error(`not a base32 character: ${character}`);
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}
