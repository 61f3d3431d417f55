import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import { lockFile } from "../../system/files/lock.ts";
import { UserError } from "../../system/user-error.ts";
import { fileNameOf } from "../item-index.ts";
import {
  isPrivateFolder,
  makePrivateFolder,
  readTextFile,
  removeFile,
  replaceFile,
} from "../private-folder.ts";
import { type SshAgentOptions, sshAgent } from "../ssh-agent/ssh-agent.ts";
import type { FileStore } from "../unlock.ts";
import { unlockingOf } from "./file-unlocking.ts";
import type { MasterKey, ScryptCost } from "./key-file.ts";
import {
  type Ledger,
  type LedgerEntry,
  LedgerLost,
  type Loss,
  ledgerFrom,
  nextRevision,
  objection,
  printLedger,
  updated,
} from "./ledger.ts";
import { masterKeyIn } from "./master-key.ts";
import type { GivePassphrase } from "./passphrase.ts";
import { damaged, openItem, printItem, type SealedItem, sealedItemFrom } from "./sealed-item.ts";
import { inTurn } from "./turns.ts";

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

const itemFile = /^[0-9a-f]{64}\.json$/;
/** What ended, and what a killed writer left, is removed an hour later, a handful at each write. */
const keptMs = 3_600_000;
const sweepsPerWrite = 5;

/** Milliseconds after which a writer no longer waits for the others: one of them may be stopped (Ctrl-Z). */
const writerTimeoutMs = 30_000;

/**
 * One file per item, sealed under a master key. Name, label and end of an item are readable without the key
 * (`list` must ask nobody), and so must not be secret; they are authenticated when the item is opened.
 *
 * Files are named by a plain hash of the item's name: a keyed one would hide nothing, the name being inside, and
 * a read of what is not there would need the passphrase. ledger.json knows the latest revision of each (ledger.ts).
 *
 * Where nothing can be locked (musl, some network folders) items are written without the ledger: two writers at once
 * would leave it saying more than is true, and good items would be taken for old ones.
 *
 * A ledger that is lost must neither go unnoticed, or removing it would be the way around it, nor lock anybody out of
 * keys that exist nowhere else. So the first read that misses it fails, saying so, and makes it anew from the items
 * that are there; the next one finds everything in order. Where it cannot be made anew (a read-only folder), reads go on
 * without it. That it is missing shows in any item with a revision: those are written only where there is a ledger.
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
  const ledgerFile = join(folder, "ledger.json");
  const baseOf = (name: string): string => `${fileNameOf(name)}.json`;
  const fileOf = (name: string): string => join(folder, baseOf(name));

  const itemFiles = (): string[] => readdirSync(folder).filter((file) => itemFile.test(file));
  const itemsIn = (files: readonly string[]): SealedItem[] =>
    files.flatMap((file) => {
      try {
        return sealedItemFrom(readTextFile(join(folder, file)) ?? "", file);
      } catch {
        // A damaged item is told about when somebody reads it.
        return [];
      }
    });
  const tidyUp = (): void => {
    const before = clock.now() - keptMs;
    const ended = itemsIn(itemFiles()).filter(
      (item) => (item.expiresAt ?? Number.POSITIVE_INFINITY) < before,
    );
    for (const { name } of ended.slice(0, sweepsPerWrite)) removeFile(fileOf(name));
    const left = readdirSync(folder)
      .filter((file) => file.endsWith(".tmp"))
      .map((file) => join(folder, file))
      .filter((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? before) < before);
    for (const file of left.slice(0, sweepsPerWrite)) removeFile(file);
  };

  const readLedger = (master: MasterKey): Ledger | Loss =>
    ledgerFrom(readTextFile(ledgerFile), ledgerFile, master);
  const writeLedger = (ledger: Ledger, master: MasterKey): void =>
    replaceFile(ledgerFile, printLedger(ledger, master));
  /** A new ledger that takes the items as they are. It is lost on nobody if there is none that another had known. */
  const anew = (loss: Loss, master: MasterKey): Ledger => {
    const entries = itemsIn(itemFiles()).flatMap((item): [string, LedgerEntry][] => {
      const { name, revision, expiresAt } = item;
      if (revision === undefined || typeof openItem(item, master) === "string") return [];
      return [[baseOf(name), { revision, ...(expiresAt !== undefined && { expiresAt }) }]];
    });
    return { items: new Map(entries), ...(entries.length > 0 && { untold: loss }) };
  };
  /** Does work while no other process changes the ledger; `held` is false where that cannot be had. */
  const alone = async <T>(work: (held: boolean) => T): Promise<T> => {
    const deadline = clock.now() + writerTimeoutMs;
    const lock = await lockFile(join(folder, ".ledger-lock"), { clock, deadline });
    try {
      return work(lock?.held ?? false);
    } finally {
      lock?.release();
    }
  };
  /** Makes a lost ledger anew and fails, in one process and once; false where it cannot be made. */
  const mendLedger = async (master: MasterKey): Promise<boolean> =>
    await alone((held) => {
      if (!held) return false;
      const found = readLedger(master);
      const { items, untold } = typeof found === "string" ? anew(found, master) : found;
      if (typeof found === "string" || untold) {
        try {
          writeLedger({ items }, master);
        } catch {
          return false;
        }
      }
      if (untold) throw new LedgerLost(ledgerFile, untold);
      return true;
    });

  const read = async (name: string, mendable = true): Promise<string | undefined> => {
    if (!isPrivateFolder(folder, owner)) return undefined;
    const file = fileOf(name);
    // In this order: an item may be newer than the ledger, and is never older.
    const ledgerText = readTextFile(ledgerFile);
    const text = readTextFile(file);
    if (text === undefined) return undefined;
    const item = sealedItemFrom(text, file);
    if (item.name !== name) throw damaged(file, "swapped", item);
    const master = await masterKey.open();
    const plain = openItem(item, master);
    if (typeof plain === "string") throw damaged(file, plain, item);
    const ledger = ledgerFrom(ledgerText, ledgerFile, master);
    const isLost = typeof ledger === "string" ? item.revision !== undefined : ledger.untold !== undefined;
    if (isLost && mendable) return await read(name, await mendLedger(master));
    if (typeof ledger !== "string") {
      const fault = objection(ledger.items.get(baseOf(name)), item.revision);
      if (fault) throw damaged(file, fault, item, ledgerFile);
    }
    return plain.toString("utf8");
  };

  return {
    kind: "file",
    unlocking: unlockingOf(masterKey, lock, {
      isThere: () => isPrivateFolder(folder, owner),
      make: () => makePrivateFolder(folder, owner),
    }),
    read: (name) => read(name),
    write: async (item, value) => {
      makePrivateFolder(folder, owner);
      const master = await masterKey.openOrCreate();
      const { name, expiresAt } = item;
      const put = (revision?: number): void =>
        replaceFile(fileOf(name), printItem({ ...item, revision }, value, master));
      await alone((held) => {
        const found = readLedger(master);
        const entry = typeof found === "string" ? undefined : found.items.get(baseOf(name));
        const revision = nextRevision(entry, clock.now());
        if (!held) return put(found === "missing" ? undefined : revision);
        const ledger = typeof found === "string" ? anew(found, master) : found;
        if (ledger !== found) writeLedger(ledger, master);
        put(revision);
        try {
          tidyUp();
        } catch (error) {
          // The item is in its place. What could not be removed costs room only.
          if (!(error instanceof UserError)) throw error;
        }
        const written = {
          file: baseOf(name),
          entry: { revision, ...(expiresAt !== undefined && { expiresAt }) },
        };
        writeLedger(updated(ledger, new Set(itemFiles()), clock.now(), written), master);
      });
    },
    remove: async (name) => {
      if (!isPrivateFolder(folder, owner) || !removeFile(fileOf(name))) return false;
      // Nobody is asked for a passphrase in order to forget. Where the key is not at hand, the next write finds the item gone.
      const master = await masterKey.ifOpened();
      if (!master) return true;
      await alone((held) => {
        const found = held ? readLedger(master) : "missing";
        if (typeof found !== "string") writeLedger(updated(found, new Set(itemFiles()), clock.now()), master);
      });
      return true;
    },
    list: async () =>
      isPrivateFolder(folder, owner)
        ? itemsIn(itemFiles().sort()).map(({ key, nonce, sealed, revision, ...item }) => item)
        : [],
  };
}
