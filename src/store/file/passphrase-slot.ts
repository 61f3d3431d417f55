import { randomBytes, scrypt } from "node:crypto";
import type { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";
import type { PassphraseSlot, ScryptCost } from "./key-file.ts";

/* The slot that a passphrase opens, by scrypt: RFC 7914. */

function derive(passphrase: string, salt: Buffer, cost: ScryptCost & { maxmem: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** Bytes of memory that one derivation takes. */
export function memoryOf({ N, r }: Pick<ScryptCost, "N" | "r">): number {
  return 128 * N * r;
}

/**
 * 32 bytes. A passphrase typed on macOS and on Linux may differ in its bytes, not in its letters: hence NFC. Rejects
 * with UserError when the memory is not there.
 */
export async function wrappingKeyOf(
  passphrase: Secret,
  { N, r, p, salt }: ScryptCost & { salt: string },
): Promise<Buffer> {
  const needed = memoryOf({ N, r });
  const cost = { N, r, p, maxmem: needed + 2 ** 22 };
  try {
    return await derive(passphrase.reveal().normalize("NFC"), Buffer.from(salt, "base64"), cost);
  } catch (error) {
    throw new UserError(`not enough memory to try the passphrase: it takes ${needed / 2 ** 20} MiB`, {
      cause: error,
    });
  }
}

/** A slot with a salt of its own. */
export function newPassphraseSlot(cost: ScryptCost): PassphraseSlot {
  return {
    kind: "passphrase",
    id: randomBytes(4).toString("hex"),
    ...cost,
    salt: randomBytes(16).toString("base64"),
  };
}

/** What was measured of this machine. */
export interface Abilities {
  /** Milliseconds that scrypt takes here per unit of N, with r = 8 and p = 1. */
  readonly millisecondsPerN: number;
  /** Bytes. */
  readonly memory: number;
}

const least = 2 ** 16;
const largestN = 2 ** 19;

/**
 * As dear as it can be within half a second and a quarter of the memory. Every call pays it, and of fifty clients at
 * once the last waits for all before, while SDKs give a credential_process a minute. Never cheaper than 64 MiB, however
 * slow or small the machine: an attacker with a copy of the file has a faster one.
 */
export function chooseCost({ millisecondsPerN, memory }: Abilities): ScryptCost {
  let N = largestN;
  while (N > least && (N * millisecondsPerN > 500 || memoryOf({ N, r: 8 }) > memory / 4)) N /= 2;
  return { N, r: 8, p: 1 };
}

/**
 * Measures scrypt: some tenths of a second. Twice, as the first run may have to fetch memory.
 *
 * @param time milliseconds of processor time: on a busy machine the clock would make a cheap slot, for good
 */
export async function measureScrypt(time: () => number): Promise<number> {
  const N = 2 ** 15;
  const times: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const start = time();
    await derive("a passphrase", randomBytes(16), { N, r: 8, p: 1, maxmem: 2 ** 26 });
    times.push(time() - start);
  }
  return Math.min(...times) / N;
}
