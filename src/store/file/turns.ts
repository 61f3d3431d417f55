import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import { lockFile } from "../../system/files/lock.ts";
import { clearAway } from "../../system/files/private-files.ts";
import type { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";

/** How many processes derive a key at once: a second one, as the first may be stopped (Ctrl-Z). */
const places = 2;

/** Milliseconds that a caller without a deadline waits. */
const turnTimeoutMs = 30_000;
/** Kept free before the caller's deadline, for what comes behind the unlocking. */
const afterTurnMs = 2000;

/** How many may ask with another passphrase before a process answers nobody: each is a guess that cost nothing. */
const wrongProofs = 3;

export interface TurnOptions {
  /** The store's folder, where the places and their sockets are. */
  readonly folder: string;
  readonly clock: Clock;
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
}

/**
 * Derives a key, which takes much memory (64 to 512 MiB) and half a second, while at most one other process does the
 * same. Those that wait with the same passphrase for the same slot get the result of the one that works, so that a crowd
 * pays a few times and not once each (docs/decisions/0014-shared-unlock.md). Where nothing can be locked the work is done
 * at once.
 *
 * @param of what the result depends on
 * @throws UserError when the turn does not come in time: to derive all the same, all at once, would end the machine
 */
export async function inTurn(
  of: { readonly passphrase: Secret; readonly salt: string },
  { folder, clock, deadline }: TurnOptions,
  derive: () => Promise<Buffer>,
): Promise<Buffer> {
  const until = deadline === undefined ? clock.monotonic() + turnTimeoutMs : deadline - afterTurnMs;
  // A file with many slots takes a derivation for each.
  if (clock.monotonic() >= until) throw tooMany();
  const secrets = secretsOf(of.passphrase, of.salt);
  const stop = new AbortController();
  let given: Buffer | undefined;
  const asking = new Set<number>();
  const ask = (place: number): void => {
    if (asking.has(place)) return;
    asking.add(place);
    void resultOf(socketOf(folder, place), secrets, stop.signal).then((result) => {
      given ??= result;
      asking.delete(place);
    });
  };
  try {
    for (let place = Math.floor(Math.random() * places); ; place = (place + 1) % places) {
      const lock = await lockFile(join(folder, `.turn-${place}`), { clock, deadline: clock.monotonic() });
      if (lock !== undefined) {
        try {
          if (given !== undefined) return given;
          return lock.held ? await deriveForAll(socketOf(folder, place), secrets, derive) : await derive();
        } finally {
          lock.release();
        }
      }
      ask(place);
      if (given !== undefined) return given;
      if (clock.monotonic() >= until) throw tooMany();
      await clock.sleep(10 + Math.random() * 20);
    }
  } finally {
    stop.abort();
  }
}

function tooMany(): UserError {
  return new UserError("other calls of aws-as kept the file store busy with its passphrase for too long", {
    hints: [
      "is one of them stopped (jobs, fg)? If not, try again",
      "a key of your ssh-agent opens the store at once, for any number of calls: aws-as store change --add-ssh-key",
    ],
  });
}

const socketOf = (folder: string, place: number): string => join(folder, `.turn-${place}.sock`);

interface Secrets {
  /** Shows that one knows the passphrase. */
  readonly proof: Buffer;
  /** Seals the answer, so that one who does not know it learns nothing, and cannot answer. */
  readonly seal: Buffer;
}

function secretsOf(passphrase: Secret, salt: string): Secrets {
  const bytes = hkdfSync("sha256", passphrase.reveal().normalize("NFC"), salt, "aws-as shared unlock", 64);
  return { proof: Buffer.from(bytes, 0, 32), seal: Buffer.from(bytes, 32, 32) };
}

/* A request is a nonce and its HMAC; an answer an IV, the sealed key and the tag, with the nonce as associated data. */
const nonceLength = 16;
const requestLength = nonceLength + 32;
const ivLength = 12;
const tagLength = 16;

const proofOf = (nonce: Buffer, { proof }: Secrets): Buffer =>
  createHmac("sha256", proof).update(nonce).digest();

function sealed(key: Buffer, nonce: Buffer, { seal }: Secrets): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv("aes-256-gcm", seal, iv).setAAD(nonce);
  return Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

function unsealed(answer: Buffer, nonce: Buffer, { seal }: Secrets): Buffer | undefined {
  if (answer.length < ivLength + tagLength) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", seal, answer.subarray(0, ivLength)).setAAD(nonce);
    decipher.setAuthTag(answer.subarray(-tagLength));
    return Buffer.concat([decipher.update(answer.subarray(ivLength, -tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Derives the key, and gives it to all that ask meanwhile. That nobody could ask does not matter. */
async function deriveForAll(path: string, secrets: Secrets, derive: () => Promise<Buffer>): Promise<Buffer> {
  const deriving = derive();
  // A rejection is for the caller; until it is awaited it must not count as unhandled.
  deriving.catch(() => undefined);
  const { createServer } = await import("node:net");
  let wrong = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    let request = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      request = Buffer.concat([request, bytes]);
      if (request.length < requestLength) return;
      const nonce = request.subarray(0, nonceLength);
      const isRight =
        request.length === requestLength &&
        timingSafeEqual(request.subarray(nonceLength), proofOf(nonce, secrets));
      if (!isRight) wrong += 1;
      if (!isRight || wrong >= wrongProofs) return void socket.destroy();
      deriving.then(
        (key) => socket.end(sealed(key, nonce, secrets)),
        () => socket.destroy(),
      );
    });
  });
  // A killed process leaves its socket; whoever holds the place may remove it.
  clearAway(path);
  server.on("error", () => undefined).listen(path);
  try {
    const key = await deriving;
    // Those that stand at the door come in, and get their answer.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return key;
  } finally {
    server.close();
    for (const socket of open) if (!socket.writableEnded) socket.destroy();
    clearAway(path);
  }
}

/** The key that another process derives; undefined where none answers. */
async function resultOf(path: string, secrets: Secrets, signal: AbortSignal): Promise<Buffer | undefined> {
  const { connect } = await import("node:net");
  if (signal.aborted) return undefined;
  return await new Promise((resolve) => {
    const nonce = randomBytes(nonceLength);
    let answer = Buffer.alloc(0);
    const socket = connect(path);
    const stop = () => socket.destroy();
    signal.addEventListener("abort", stop, { once: true });
    socket
      .on("connect", () => socket.write(Buffer.concat([nonce, proofOf(nonce, secrets)])))
      .on("data", (bytes) => {
        answer = Buffer.concat([answer, bytes]);
        if (answer.length > 1024) socket.destroy();
      })
      .on("error", () => undefined)
      .on("close", () => {
        signal.removeEventListener("abort", stop);
        resolve(unsealed(answer, nonce, secrets));
      });
  });
}
