import { createHash, createPublicKey, verify } from "node:crypto";
import type { AgentSignature } from "./ssh-agent.ts";

/* SSH's public keys, and which of them can open a store: those that give the same signature every time. */

/** What of a public key is looked at; undefined when it is not one. */
function partsOf(key: Buffer): { type: string; reader: SshReader } | undefined {
  try {
    const reader = new SshReader(key);
    return { type: reader.string().toString("latin1"), reader };
  } catch {
    return undefined;
  }
}

/** As in a public key file: `ssh-ed25519`; empty for what is no key. */
export function keyTypeOf(key: Buffer): string {
  return partsOf(key)?.type ?? "";
}

/** As `ssh-add -l` shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The largest modulus that OpenSSH takes. */
const rsaBits = { least: 2048, most: 16_384 };

/** An RSA key's numbers without the leading zeros that SSH may write. https://www.rfc-editor.org/rfc/rfc4253#section-6.6 */
function rsaNumbers(reader: SshReader): { exponent: Buffer; modulus: Buffer } {
  const bare = (bytes: Buffer): Buffer => {
    const first = bytes.findIndex((byte) => byte !== 0);
    return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
  };
  return { exponent: bare(reader.string()), modulus: bare(reader.string()) };
}

function bitsOf(number: Buffer): number {
  return number.length === 0 ? 0 : number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
}

/** Why signatures of this key cannot open a store; undefined when they can. */
export function refusalOf(key: Buffer): string | undefined {
  const { type, reader } = partsOf(key) ?? { type: "", reader: new SshReader(Buffer.alloc(0)) };
  try {
    if (type === "ssh-ed25519") {
      return reader.string().length === 32 && reader.isAtEnd() ? undefined : "it is damaged";
    }
    if (type === "ssh-rsa") {
      const bits = bitsOf(rsaNumbers(reader).modulus);
      if (!reader.isAtEnd() || bits > rsaBits.most) return "it is damaged";
      return bits < rsaBits.least ? `an RSA key of ${bits} bits is too weak` : undefined;
    }
  } catch {
    return "it is damaged";
  }
  if (/-cert-v\d+@/.test(type)) return "certificates are renewed; choose the plain key";
  if (/^(webauthn-)?sk-/.test(type)) return "a security key never signs the same way twice";
  if (type.startsWith("ecdsa-")) return "ECDSA never signs the same way twice";
  if (type === "ssh-dss") return "DSA never signs the same way twice";
  return "keys of this type are not known to sign the same way twice";
}

/** The algorithm that a key of this type signs with. */
function algorithmOf(key: Buffer): string {
  return keyTypeOf(key) === "ssh-rsa" ? "rsa-sha2-512" : "ssh-ed25519";
}

/**
 * The signature's bytes in the one form that everybody agrees on, or why they are not what was asked for. Whether they
 * belong to the key and the data is not looked at: that takes longer than opening a box by them.
 */
export function judgedSignature(key: Buffer, signature: AgentSignature): Buffer | { wrong: string } {
  const { algorithm, bytes } = signature;
  const expected = algorithmOf(key);
  if (algorithm !== expected) return { wrong: `it signed by ${algorithm}, and ${expected} was asked for` };
  const length =
    expected === "ssh-ed25519" ? 64 : rsaNumbers(partsOf(key)?.reader as SshReader).modulus.length;
  if (bytes.length > length || (expected === "ssh-ed25519" && bytes.length < length)) {
    return { wrong: "the signature has a wrong length" };
  }
  // Some agents write a number without its leading zeros.
  return bytes.length === length ? bytes : Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}

/** True when the signature (in the form of judgedSignature) is the key's over the data. */
export function isSignatureOf(key: Buffer, data: Buffer, signature: Buffer): boolean {
  const reader = partsOf(key)?.reader;
  if (reader === undefined || refusalOf(key) !== undefined) return false;
  const url = (bytes: Buffer): string => bytes.toString("base64url");
  try {
    if (keyTypeOf(key) === "ssh-ed25519") {
      const jwk = { kty: "OKP", crv: "Ed25519", x: url(reader.string()) };
      return verify(null, data, createPublicKey({ key: jwk, format: "jwk" }), signature);
    }
    const { exponent, modulus } = rsaNumbers(reader);
    const jwk = { kty: "RSA", e: url(exponent), n: url(modulus) };
    return verify("sha512", data, createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    // The numbers make no key.
    return false;
  }
}

/* The data types of SSH. https://www.rfc-editor.org/rfc/rfc4251#section-5 */

/** A `string`: its length in four bytes, and the bytes. */
export function sshString(content: Buffer | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  return Buffer.concat([sshNumber(bytes.length), bytes]);
}

/** A `uint32`. */
export function sshNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Takes values from the front of the data. Throws RangeError where they do not fit. */
export class SshReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  number(): number {
    return this.#take(4).readUInt32BE();
  }

  /** The bytes of a `string`, not copied. */
  string(): Buffer {
    return this.#take(this.number());
  }

  isAtEnd(): boolean {
    return this.#at === this.#data.length;
  }

  #take(length: number): Buffer {
    if (length > this.#data.length - this.#at) throw new RangeError("the SSH data is cut short");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}
