import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { type Lock, lockFile } from "../../system/files/lock.ts";
import { removeFile } from "../../system/files/private-files.ts";
import { ifPossible, itemIndex } from "../item-index.ts";
import type { SecretStore, StoredItem } from "../secret-store.ts";
import { entryOf, nameOfEntry, parsePassDocument, prefixFrom, printPassDocument } from "./pass-entry.ts";
import { notInitialised, PassEntryDamaged } from "./pass-error.ts";
import { commitEntry } from "./pass-git.ts";
import {
  discard,
  entryFolder,
  filesIn,
  makeFolders,
  newEntry,
  type PassPlace,
  pathOfEntry,
  putInPlace,
  recipientsOf,
  storeFolder,
  syncFolderOf,
} from "./pass-place.ts";
import { passVault } from "./pass-vault.ts";

export interface PassOptions {
  /** Where names, labels and times of the items lie: `~/.aws/aws-as/pass-index`. */
  readonly folder: string;
  readonly environment: Environment;
  readonly home: string;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  readonly clock: Clock;
  /** The folder of the entries in the password store; `aws-as` by default. */
  readonly prefix?: string | undefined;
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** Called when the user is being asked in a window, and with what the user should know about an entry. */
  readonly tell?: ((sentence: string) => void) | undefined;
  /** Milliseconds for a call of pass; 45 000 by default, because clients give a credential_process 60 s. */
  readonly timeLimitMs?: number;
}

/** Milliseconds that a session is kept after its end, and what a killed writer left after its beginning. */
const keptMs = 3_600_000;
/** Removals per write: tidying up must not take noticeable time. */
const sweepsPerWrite = 5;
/** STS gives no session that lasts longer, in milliseconds. */
const longestSessionMs = 129_600_000;
/** Milliseconds to wait for another process that changes the index. As much of a call is left for git to commit in. */
const passLockTimeoutMs = 10_000;

/**
 * The password manager pass as a store. `pass insert` encrypts a document under a new name, which then takes the place
 * of the old entry in one step: by itself it has gpg write over the old file, so that a kill, or a reader in between,
 * would find half of one.
 *
 * Rejects with PassError, and with PassEntryDamaged for an entry whose text is not what was written. `list` reads only
 * file names and an index beside the store, because pass lists nothing without opening entries.
 */
export function passStore(options: PassOptions): SecretStore {
  const { clock, environment, home, tell, timeLimitMs = 45_000, deadline } = options;
  const place: PassPlace = { store: storeFolder(environment, home), prefix: prefixFrom(options.prefix) };
  const vault = passVault({ place, environment, home, clock, timeLimitMs, deadline, tell });
  const index = itemIndex(options.folder, { userId: options.userId });

  const entryIn = (isSession: boolean, name: string): string =>
    `${entryFolder(place, isSession)}/${entryOf(name)}`;
  /** Where the item is; keys first, because a session can be requested again. */
  const entriesOf = (name: string): { entry: string; isSession: boolean }[] =>
    [false, true]
      .map((isSession) => ({ entry: entryIn(isSession, name), isSession }))
      .filter(({ entry }) => existsSync(pathOfEntry(place, entry)));

  const checkInitialised = (isSession: boolean): readonly string[] => {
    const recipients = recipientsOf(place, entryFolder(place, isSession), environment);
    if (recipients === undefined) throw notInitialised(place.store);
    return recipients;
  };

  /** One at a time among all processes; where nothing can be locked, and after a while, at once. */
  const inTurn = async <T>(lockName: string, timeoutMs: number, work: () => T | Promise<T>): Promise<T> => {
    let lock: Lock | undefined;
    try {
      lock = await lockFile(join(options.folder, lockName), {
        clock,
        deadline: clock.monotonic() + timeoutMs,
      });
      return await work();
    } finally {
      lock?.release();
    }
  };
  /** Changes of the index. Without turns, tidying up could remove what another process writes at that moment. */
  const changing = <T>(work: () => T): Promise<T> => inTurn(".lock", passLockTimeoutMs, work);
  /** Work on the git repository of the password store, of which two at once would fail. Many may wait: a commit takes a while. */
  const committing = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(".commit-lock", vault.timeLeft() - passLockTimeoutMs, work);

  const items = (): (StoredItem & { readonly isSession: boolean })[] => {
    const known = new Map(index.items().map((item) => [entryOf(item.name), item]));
    return filesIn(place).entries.flatMap(({ entry, isSession, writtenAt }) => {
      const own = entry.slice(entry.lastIndexOf("/") + 1);
      const item = known.get(own);
      if (item) return { ...item, isSession };
      // Written on another machine, or the index was lost.
      const name = nameOfEntry(own);
      if (name === undefined) return [];
      const end = isSession ? { expiresAt: Math.round(writtenAt) + longestSessionMs } : {};
      return { name, label: name, ...end, isSession };
    });
  };

  const removeSession = (name: string): boolean => {
    const removed = removeFile(pathOfEntry(place, entryIn(true, name)));
    if (entriesOf(name).length === 0) index.drop(name);
    return removed;
  };
  const tidyUp = (): void => {
    const before = clock.now() - keptMs;
    const ended = items().filter(
      ({ isSession, expiresAt }) => isSession && (expiresAt ?? Number.POSITIVE_INFINITY) < before,
    );
    for (const { name } of ended.slice(0, sweepsPerWrite)) removeSession(name);
    const left = filesIn(place).unfinished.filter(({ writtenAt }) => writtenAt < before);
    for (const { path } of left.slice(0, sweepsPerWrite)) removeFile(path);
    const gone = index.items().filter(({ name }) => entriesOf(name).length === 0);
    for (const { name } of gone.slice(0, sweepsPerWrite)) index.drop(name);
  };

  /** Puts the document in place, readers seeing the old or the new one. */
  const put = async (item: StoredItem, value: string, isSession: boolean): Promise<void> => {
    const unfinished = newEntry(place, isSession, randomBytes(8).toString("hex"));
    try {
      await vault.insert(unfinished, printPassDocument(item, value));
      await changing(() => {
        // The index first: a file that it does not tell about is seen by name only, until it is written again.
        ifPossible(() => index.put(item));
        putInPlace(place, unfinished, entryIn(isSession, item.name));
        ifPossible(tidyUp);
      });
    } catch (error) {
      discard(place, unfinished);
      throw error;
    }
    syncFolderOf(place, isSession);
  };

  return {
    kind: "pass",
    read: async (name) => {
      const [found] = entriesOf(name);
      if (!found) {
        // The caller will request a session and write it: failing now does not waste an MFA code.
        vault.checkInstalled();
        checkInitialised(true);
        return undefined;
      }
      const text = await vault.show(found.entry);
      if (text === undefined) return undefined;
      const document = parsePassDocument(text, name);
      if ("value" in document) return document.value;
      throw new PassEntryDamaged(found.entry, document.damage);
    },
    write: async (item, value) => {
      const isSession = item.expiresAt !== undefined;
      const recipients = checkInitialised(isSession);
      makeFolders(place);
      await put(item, value, isSession);
      if (isSession) return;
      const entry = entryIn(isSession, item.name);
      if (recipients.length > 1) {
        tell?.(`"${entry}" is encrypted for ${recipients.length} keys: each of them can read it`);
      }
      const problem = await committing(() =>
        commitEntry(place, entry, { environment, clock, timeLimit: Math.max(vault.timeLeft(), 1) }),
      );
      if (problem !== undefined) tell?.(`"${entry}" is in pass, but not in its git history: ${problem}`);
    },
    remove: async (name) => {
      const found = entriesOf(name);
      for (const { entry, isSession } of found) {
        if (isSession) {
          await changing(() => removeSession(name));
          continue;
        }
        await committing(() => vault.remove(entry));
        await changing(() => entriesOf(name).length === 0 && index.drop(name));
      }
      return found.length > 0;
    },
    list: async () => items().map(({ isSession, ...item }) => item),
  };
}
