import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import {
  isPrivateFolder,
  makePrivateFolder,
  namesIn,
  readTextFile,
  removeFile,
  replaceFile,
} from "../../system/files/private-files.ts";
import { UserError } from "../../system/user-error.ts";
import { fileNameOf } from "../item-index.ts";
import type { FileStore } from "../secret-store.ts";
import { type SshAgentOptions, sshAgent } from "../ssh-agent/ssh-agent.ts";
import type { ScryptCost } from "./key-file.ts";
import { masterKeyIn, unlockingOf } from "./master-key.ts";
import type { GivePassphrase } from "./passphrase.ts";
import { damaged, openItem, printItem, type SealedItem, sealedItemFrom } from "./sealed-item.ts";

export interface FileStoreOptions {
  /** `~/.aws/aws-as/store`; made on the first write. */
  readonly folder: string;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  readonly clock: Clock;
  readonly passphrase: GivePassphrase;
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** Absent: there is none. */
  readonly agent?: SshAgentOptions;
  /** For a new passphrase; by default what takes half a second to a second here, and at most a quarter of the memory. */
  readonly cost?: ScryptCost;
}

const itemFile = /^[0-9a-f]{64}\.json$/;
/** Expired items, and what a killed writer left, are removed an hour later, a few at each write. */
const keptMs = 3_600_000;
const sweepsPerWrite = 5;
/** Files of earlier versions, which kept a ledger of the latest revision of each item. */
const formerFiles = ["ledger.json", ".ledger-lock"];

/**
 * One file per item, sealed under a master key. Name, label and expiry of an item are readable without the key
 * (`list` asks for no passphrase), and so must not be secret; they are authenticated when the item is opened.
 *
 * Files are named by a plain hash of the item's name: a keyed one would hide nothing, the name being inside, and
 * a read of what is not there would need the passphrase.
 *
 * An old file of an item, put back, is read as the item. This gains an attacker nothing: the name is the id of
 * a key, or made of all that shapes a session, so the old file holds the same secret, a deleted key or an expired
 * session (docs/decisions/0008-stores.md).
 */
export function fileStore(options: FileStoreOptions): FileStore {
  const { folder, clock } = options;
  const owner = { userId: options.userId };
  const lock = {
    file: join(folder, "master-key.json"),
    clock,
    passphrase: options.passphrase,
    agent: sshAgent(options.agent ?? { socket: undefined, platform: "linux" }),
    turns: { folder, clock, deadline: options.deadline },
    ...(options.cost && { cost: options.cost }),
  };
  const masterKey = masterKeyIn(lock);
  const fileOf = (name: string): string => join(folder, `${fileNameOf(name)}.json`);

  const list = (): SealedItem[] =>
    namesIn(folder)
      .filter((file) => itemFile.test(file))
      .flatMap((file) => {
        try {
          return sealedItemFrom(readTextFile(join(folder, file)) ?? "", file);
        } catch {
          // Reading the item reports the damage.
          return [];
        }
      });
  const tidyUp = (): void => {
    const before = clock.now() - keptMs;
    const expired = list().filter((item) => (item.expiresAt ?? Number.POSITIVE_INFINITY) < before);
    for (const { name } of expired.slice(0, sweepsPerWrite)) removeFile(fileOf(name));
    const isOld = (file: string): boolean =>
      (statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
    const left = namesIn(folder).filter(
      (file) => formerFiles.includes(file) || (file.endsWith(".tmp") && isOld(file)),
    );
    for (const file of left.slice(0, sweepsPerWrite)) removeFile(join(folder, file));
  };

  return {
    kind: "file",
    unlocking: unlockingOf(masterKey, lock, {
      isThere: () => isPrivateFolder(folder, owner),
      make: () => makePrivateFolder(folder, owner),
    }),
    read: async (name) => {
      if (!isPrivateFolder(folder, owner)) return undefined;
      const file = fileOf(name);
      const text = readTextFile(file);
      if (text === undefined) return undefined;
      const item = sealedItemFrom(text, file);
      if (item.name !== name) throw damaged(file, "swapped", item);
      const plain = openItem(item, await masterKey.open());
      if (typeof plain === "string") throw damaged(file, plain, item);
      return plain.toString("utf8");
    },
    write: async (item, value) => {
      makePrivateFolder(folder, owner);
      const master = await masterKey.openOrCreate();
      replaceFile(fileOf(item.name), printItem(item, value, master));
      try {
        tidyUp();
      } catch (error) {
        // The item is in its place. What could not be removed only takes up space.
        if (!(error instanceof UserError)) throw error;
      }
    },
    remove: async (name) => isPrivateFolder(folder, owner) && removeFile(fileOf(name)),
    list: async () =>
      isPrivateFolder(folder, owner) ? list().map(({ key, nonce, sealed, revision, ...item }) => item) : [],
  };
}
