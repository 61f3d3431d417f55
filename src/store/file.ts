import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../system/clock.ts";
import { UserError } from "../system/user-error.ts";
import { unlockingOf } from "./file-unlocking.ts";
import { fileNameOf, storedItemFrom } from "./item-index.ts";
import type { ScryptCost } from "./key-file.ts";
import { masterKeyIn } from "./master-key.ts";
import type { GivePassphrase } from "./passphrase.ts";
import {
  isPrivateFolder,
  makePrivateFolder,
  quoted,
  readTextFile,
  removeFile,
  replaceFile,
} from "./private-folder.ts";
import { isSealed, type Sealed, seal, unseal } from "./seal.ts";
import { ItemDamaged, type StoredItem } from "./secret-store.ts";
import { type SshAgentOptions, sshAgent } from "./ssh-agent.ts";
import { inTurn } from "./turns.ts";
import type { FileStore } from "./unlock.ts";

export interface FileStoreOptions {
  /** `~/.aws/aws-as/store`; made on the first write. */
  readonly folder: string;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  readonly clock: Clock;
  readonly passphrase: GivePassphrase;
  /** Absent: there is none. */
  readonly agent?: SshAgentOptions;
  /** For a new passphrase; by default what takes half a second to a second here, and at most a quarter of the memory. */
  readonly cost?: ScryptCost;
}

/** An item's file that does not hold what was written: cut short, changed, or taken from elsewhere. */
export class StoreItemDamaged extends ItemDamaged {
  readonly file: string;

  constructor(file: string, what: string) {
    super(`the stored item "${file}" is damaged: ${what}`, { hints: [`rm ${quoted(file)}`] });
    this.name = "StoreItemDamaged";
    this.file = file;
  }
}

interface SealedItem extends StoredItem, Sealed {
  readonly key: string;
}

const version = 1;
const itemFile = /^[0-9a-f]{64}\.json$/;
/** What ended, and what a killed writer left, is removed an hour later, a handful at each write. */
const keptMs = 3_600_000;
const handful = 5;

const contextOf = (item: StoredItem, keyId: string): unknown[] => [
  "aws-as item",
  version,
  keyId,
  item.name,
  item.label,
  item.expiresAt ?? null,
  // Sessions have neither, and were sealed before these were thought of.
  ...(item.createdAt === undefined && item.addedAt === undefined
    ? []
    : [item.createdAt ?? null, item.addedAt ?? null]),
];

function sealedItemFrom(text: string, file: string): SealedItem {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new StoreItemDamaged(file, "it is cut short, or not JSON");
  }
  const { version: found, key } = (content ?? {}) as Record<string, unknown>;
  if (typeof found === "number" && found !== version) {
    throw new UserError(
      `the stored item "${file}" has format ${found}, and this aws-as knows format ${version}`,
      {
        hints: ["npm install --global aws-as@latest"],
      },
    );
  }
  const item = storedItemFrom(content);
  if (found !== version || !item || typeof key !== "string" || !isSealed(content as object)) {
    throw new StoreItemDamaged(file, "a field is missing");
  }
  const { nonce, sealed } = content as Sealed;
  return { ...item, key, nonce, sealed };
}

/**
 * One file per item, sealed under a master key. Name, label and end of an item are readable without the key
 * (`list` must ask nobody), and so must not be secret; they are authenticated when the item is opened.
 *
 * Files are named by a plain hash of the item's name: a keyed one would hide nothing, the name being inside, and
 * a read of what is not there would need the passphrase. An old copy of the same item, put back, cannot be told
 * from the current one; hence the strict folder.
 */
export function fileStore(options: FileStoreOptions): FileStore {
  const { folder, clock } = options;
  const owner = { userId: options.userId };
  const lock = {
    file: join(folder, "master-key.json"),
    clock,
    passphrase: options.passphrase,
    agent: sshAgent(options.agent ?? { socket: undefined, platform: "linux" }),
    inTurn: <T>(work: () => Promise<T>) => inTurn(folder, clock, work),
    ...(options.cost && { cost: options.cost }),
  };
  const masterKey = masterKeyIn(lock);
  const fileOf = (name: string): string => join(folder, `${fileNameOf(name)}.json`);

  const items = (): StoredItem[] => {
    if (!isPrivateFolder(folder, owner)) return [];
    return readdirSync(folder)
      .filter((file) => itemFile.test(file))
      .sort()
      .flatMap((file) => {
        try {
          const text = readTextFile(join(folder, file)) ?? "";
          const { key, nonce, sealed, ...item } = sealedItemFrom(text, file);
          return item;
        } catch {
          // A damaged item is told about when somebody reads it.
          return [];
        }
      });
  };
  const tidyUp = (): void => {
    const before = clock.now() - keptMs;
    const ended = items().filter((item) => (item.expiresAt ?? Number.POSITIVE_INFINITY) < before);
    for (const { name } of ended.slice(0, handful)) removeFile(fileOf(name));
    const left = readdirSync(folder)
      .filter((file) => file.endsWith(".tmp"))
      .map((file) => join(folder, file))
      .filter((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? before) < before);
    for (const file of left.slice(0, handful)) removeFile(file);
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
      if (item.name !== name) throw new StoreItemDamaged(file, "it holds another item");
      const { id, key } = await masterKey.open();
      if (item.key !== id) throw new StoreItemDamaged(file, "it was sealed under another master key");
      const plain = unseal(key, item, contextOf(item, id));
      if (!plain) throw new StoreItemDamaged(file, "it was changed after it was written");
      return plain.toString("utf8");
    },
    write: async (item, value) => {
      makePrivateFolder(folder, owner);
      const { id, key } = await masterKey.openOrCreate();
      const { name, label, expiresAt, createdAt, addedAt } = item;
      const box = seal(key, Buffer.from(value, "utf8"), contextOf(item, id));
      replaceFile(
        fileOf(name),
        `${JSON.stringify({ version, name, label, expiresAt, createdAt, addedAt, key: id, ...box })}\n`,
      );
      tidyUp();
    },
    remove: async (name) => isPrivateFolder(folder, owner) && removeFile(fileOf(name)),
    list: async () => items(),
  };
}
