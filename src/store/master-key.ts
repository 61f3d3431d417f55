import { randomBytes, scrypt } from "node:crypto";
import { constants, copyFileSync, linkSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { failureReason } from "../system/failure-reason.ts";
import type { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import { type GivePassphrase, passphraseTries, WrongPassphrase } from "./passphrase.ts";
import {
  quoted,
  readTextFile,
  removeFile,
  syncFolder,
  temporaryName,
  writeNewFile,
} from "./private-folder.ts";
import { isSealed, type Sealed, seal, unseal } from "./seal.ts";

/**
 * master-key.json: the random key that all items are sealed under, wrapped once for each way to get at it.
 *
 *     { "version": 1, "id": "…", "slots": [
 *       { "kind": "passphrase", "id": "…", "N": 131072, "r": 8, "p": 1, "salt": "…", "nonce": "…", "sealed": "…" } ] }
 *
 * A slot of a kind that is not known here is kept and passed over. Everything in a slot but the box itself is
 * authenticated by the box.
 */
export interface MasterKey {
  /** Written into each item, so that an item of another key is not taken for a damaged one. */
  readonly id: string;
  readonly key: Buffer;
}

/** What scrypt may cost; the default takes 128 MiB and about half a second. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

interface PassphraseSlot extends ScryptCost, Sealed {
  readonly kind: "passphrase";
  readonly id: string;
  /** base64 */
  readonly salt: string;
}

interface KeyFile {
  readonly id: string;
  readonly slots: readonly PassphraseSlot[];
}

export interface MasterKeyOptions {
  readonly file: string;
  readonly passphrase: GivePassphrase;
  readonly cost?: ScryptCost;
  /** Runs what takes much memory when not too many others do. Absent: at once. */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Opens the master key once per process; a refusal too is given to every later caller. */
export interface MasterKeyHolder {
  exists(): boolean;
  /** Rejects with UserError when there is no key yet: then no item can be opened. */
  open(): Promise<MasterKey>;
  /** As open, but makes the key where there is none. The folder must be there. */
  openOrCreate(): Promise<MasterKey>;
  /** The key if this process has opened it already, else undefined. Asks nobody. */
  ifOpened(): Promise<MasterKey | undefined>;
}

const defaultCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };
const version = 1;
const derive = promisify<string, Buffer, number, ScryptCost & { maxmem: number }, Buffer>(scrypt);

/** A changed file must not make us take all memory (at most 512 MiB), or hang (16 times the default). */
function isBearable({ N, r, p }: ScryptCost): boolean {
  const counts = [N, r, p].every((count) => Number.isInteger(count) && count > 0);
  return (
    counts && N > 1 && (N & (N - 1)) === 0 && r <= 32 && p <= 16 && N * r <= 2 ** 22 && N * r * p <= 2 ** 24
  );
}

function contextOf(
  fileId: string,
  { kind, id, N, r, p, salt }: Omit<PassphraseSlot, keyof Sealed>,
): unknown[] {
  return ["aws-as master key", version, fileId, kind, id, N, r, p, salt];
}

/** A passphrase typed on macOS and on Linux may differ in its bytes, not in its letters: hence NFC. */
async function wrappingKey(
  passphrase: Secret,
  { N, r, p, salt }: ScryptCost & { salt: string },
): Promise<Buffer> {
  const maxmem = 128 * N * r + 2 ** 22;
  return await derive(passphrase.reveal().normalize("NFC"), Buffer.from(salt, "base64"), 32, {
    N,
    r,
    p,
    maxmem,
  });
}

function isPassphraseSlot(value: unknown): value is PassphraseSlot {
  if (typeof value !== "object" || value === null || !isSealed(value)) return false;
  const { kind, id, salt, N, r, p } = value as Partial<PassphraseSlot>;
  return (
    kind === "passphrase" &&
    typeof id === "string" &&
    typeof salt === "string" &&
    [N, r, p].every((count) => typeof count === "number")
  );
}

function keyFileFrom(text: string, file: string): KeyFile {
  const damaged = (what: string): UserError =>
    new UserError(`the master key "${file}" is damaged: ${what}`, {
      hints: [`rm -r ${quoted(dirname(file))}  # gives up all that is stored in it`],
    });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged("it is cut short, or not JSON");
  }
  const { version: found, id, slots } = (content ?? {}) as Record<string, unknown>;
  if (found !== version) {
    if (typeof found !== "number") throw damaged("it has no version");
    throw new UserError(
      `the master key "${file}" has format ${found}, and this aws-as knows format ${version}`,
      {
        hints: ["npm install --global aws-as@latest"],
      },
    );
  }
  if (typeof id !== "string" || !Array.isArray(slots)) throw damaged("a field is missing");
  const known = slots.filter(isPassphraseSlot);
  if (known.length === 0) throw damaged("no slot can be opened with a passphrase");
  if (!known.every(isBearable)) throw damaged("its scrypt parameters are out of bounds");
  return { id, slots: known };
}

/** Puts the file in place unless there is one: of two processes one wins, and a reader never sees half a file. */
function putNew(file: string, text: string): boolean {
  const temporary = temporaryName(file);
  try {
    writeNewFile(temporary, text);
    try {
      linkSync(temporary, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      // A file system without hard links (FAT, some mounts).
      copyFileSync(temporary, file, constants.COPYFILE_EXCL);
    }
    syncFolder(dirname(file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new UserError(`cannot write "${file}": ${failureReason(error)}`, { cause: error });
  } finally {
    removeFile(temporary);
  }
}

/** The master key in a file. */
export function masterKeyIn(options: MasterKeyOptions): MasterKeyHolder {
  const { file, passphrase, cost = defaultCost, inTurn = (work) => work() } = options;
  const wrap = (given: Secret, slot: ScryptCost & { salt: string }) => inTurn(() => wrappingKey(given, slot));
  const unwrap = async (content: KeyFile, given: Secret): Promise<MasterKey | undefined> => {
    for (const slot of content.slots) {
      const key = unseal(await wrap(given, slot), slot, contextOf(content.id, slot));
      if (key?.length === 32) return { id: content.id, key };
    }
    return undefined;
  };
  const openFile = async (text: string, tried?: Secret): Promise<MasterKey> => {
    const content = keyFileFrom(text, file);
    const first = tried && (await unwrap(content, tried));
    if (first) return first;
    for (let attempt = tried ? 2 : 1; attempt <= passphraseTries; attempt += 1) {
      const opened = await unwrap(content, await passphrase("unlock", attempt));
      if (opened) return opened;
    }
    throw new WrongPassphrase(`the passphrase does not open "${file}"`);
  };
  const create = async (): Promise<MasterKey> => {
    const given = await passphrase("create", 1);
    if (given.reveal() === "") throw new Error("an empty passphrase reached the master key");
    const id = randomBytes(8).toString("hex");
    const key = randomBytes(32);
    const slot = {
      kind: "passphrase" as const,
      id: randomBytes(4).toString("hex"),
      ...cost,
      salt: randomBytes(16).toString("base64"),
    };
    const box = seal(await wrap(given, slot), key, contextOf(id, slot));
    const text = `${JSON.stringify({ version, id, slots: [{ ...slot, ...box }] }, undefined, 2)}\n`;
    if (putNew(file, text)) return { id, key };
    // Another process was first: its key counts, and may well have the same passphrase.
    return await openFile(readTextFile(file) ?? "", given);
  };

  let opening: Promise<MasterKey> | undefined;
  return {
    exists: () => readTextFile(file) !== undefined,
    open: async () => {
      if (opening) return await opening;
      const text = readTextFile(file);
      if (text === undefined) {
        throw new UserError(`the master key "${file}" is missing, so nothing in its folder can be opened`, {
          hints: [`rm -r ${quoted(dirname(file))}  # gives up all that is stored in it`],
        });
      }
      opening = openFile(text);
      return await opening;
    },
    openOrCreate: async () => {
      const openOrCreate = (): Promise<MasterKey> => {
        const text = readTextFile(file);
        return text === undefined ? create() : openFile(text);
      };
      opening ??= openOrCreate();
      return await opening;
    },
    ifOpened: async () => await opening?.catch(() => undefined),
  };
}
