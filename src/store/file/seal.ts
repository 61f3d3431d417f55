import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** An AES-256-GCM box as it is in a file: both base64, the tag at the end of `sealed`. */
export interface Sealed {
  readonly nonce: string;
  readonly sealed: string;
}

/** Makes Node load its cryptography, which takes milliseconds, while there is time for it. */
export function loadCryptography(): void {
  randomBytes(1);
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals bytes under a 32-byte key. What is in `context` is not kept, and must be the same on opening. The nonce is
 * random: 96 bits are good for 2^32 boxes under one key (NIST SP 800-38D 8.3), far more than are ever written.
 */
export function seal(key: Buffer, plain: Buffer, context: readonly unknown[]): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(JSON.stringify(context)));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { nonce: nonce.toString("base64"), sealed: sealed.toString("base64") };
}

/** The bytes, or undefined when key or context are others, or a bit was changed. */
export function unseal(key: Buffer, box: Sealed, context: readonly unknown[]): Buffer | undefined {
  const nonce = Buffer.from(box.nonce, "base64");
  const bytes = Buffer.from(box.sealed, "base64");
  if (nonce.length !== nonceBytes || bytes.length < tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(JSON.stringify(context)));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** True when the value has the shape of a box; what is in it shows on opening. */
export function isSealed(value: object): value is Sealed {
  const { nonce, sealed } = value as Partial<Sealed>;
  return typeof nonce === "string" && typeof sealed === "string";
}
