import { dirname, join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";
import { type ItemIndex, ifPossible, itemIndex, type PartSet } from "../item-index.ts";
import { ItemDamaged, type SecretStore } from "../secret-store.ts";
import { KeychainError, keychainError } from "./keychain-error.ts";
import { hasDisplay, type KeychainItems, type KeychainItemsOptions } from "./keychain-items.ts";
import { isOfNewerFormat, partName, readFirstPart } from "./parts.ts";

export interface KeychainOptions extends KeychainItemsOptions {
  /** Where the index of names, labels and ends lies, `~/.aws/aws-as/index`. */
  readonly folder: string;
  readonly clock: Clock;
  /** Bytes of UTF-8 that one item may hold; by default what the platform takes. */
  readonly partLimit?: number;
}

/** The keychain, and whether a call is stuck in it. */
export interface KeychainStore extends SecretStore {
  /**
   * True while a call of keytar that outlived its time limit has not come back, which Linux knows nothing of. Its thread
   * holds even process.exit (Node joins its thread pool), so then only a signal ends the process at once.
   */
  readonly stuck: boolean;
}

/** CRED_MAX_CREDENTIAL_BLOB_SIZE is 5 * 512, and keytar fills it with UTF-8. Elsewhere nothing near is a limit. */
const partLimits: Readonly<Record<string, number>> = { win32: 2560 };

/** How long items that ended are kept, and how long the parts of a document that was replaced meanwhile. */
const keptAfterEndMs = 3_600_000;
const keptAfterReplacementMs = 60_000;
/** Removals per write: tidying up must not be felt. */
const handful = 5;
/** Milliseconds after which a change no longer waits for another: its keyring may be waiting for a person. */
const patienceMs = 20_000;

/**
 * The OS keychain as a store. Items lie under (service, item name), so that other tools can find them.
 *
 * Rejects with KeychainError; reads of the usual item are one call. `list` looks only at the index, because
 * keytar lists by reading every secret, which may ask a person.
 *
 * Changes are made one at a time, by a lock: tidying up and removing would else take away what another
 * process has just written and not noted yet, and gnome-keyring 42 dies of several that replace one item at once.
 * Where nothing can be locked, or another takes too long, work goes on without it.
 */
export function keychainStore(options: KeychainOptions): KeychainStore {
  const { clock } = options;
  const partLimit = options.partLimit ?? partLimits[options.platform] ?? 2 ** 30;
  const openIndex = () => itemIndex(options.folder, { userId: options.userId });
  const items = keychainItems(options);

  const removeSet = async (index: ItemIndex, set: PartSet): Promise<void> => {
    for (let number = 1; number <= set.parts; number += 1) {
      await items.remove(partName(set.name, set.set, number));
    }
    index.dropSet(set);
  };
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const { lockFile } = await import("../../system/files/lock.ts");
    const deadline = clock.monotonic() + patienceMs;
    const lock = await lockFile(join(dirname(options.folder), "locks", "keychain"), { clock, deadline });
    try {
      return await work();
    } finally {
      lock?.release();
    }
  };
  const remove = async (name: string, mayAsk: boolean): Promise<boolean> => {
    const index = openIndex();
    const removed = await items.remove(name, mayAsk);
    // What stays is listed still.
    if (removed === undefined) return false;
    for (const set of index.setsOf(name)) await removeSet(index, set);
    index.drop(name);
    return removed;
  };
  const removeOrSay = async (name: string): Promise<boolean> => {
    try {
      return await remove(name, true);
    } catch (error) {
      if (!(error instanceof KeychainError)) throw error;
      const label = openIndex()
        .items()
        .find((item) => item.name === name)?.label;
      const what = `could not remove the ${label ?? `item "${name}"`}: ${error.message}`;
      throw new KeychainError(error.kind, what, { hints: error.hints, cause: error });
    }
  };
  const tidyUp = async (index: ItemIndex): Promise<void> => {
    const ended = index
      .items()
      .filter((item) => (item.expiresAt ?? Number.POSITIVE_INFINITY) < clock.now() - keptAfterEndMs);
    // A question for the sake of tidying up would be one too many.
    for (const { name } of ended.slice(0, handful)) await remove(name, false);
  };

  const read = async (name: string): Promise<string | undefined> => {
    let before: string | undefined;
    for (;;) {
      const text = await items.read(name);
      const first = text === undefined ? undefined : readFirstPart(text);
      if (text !== undefined && isOfNewerFormat(text)) {
        throw new UserError(`the keychain item "${name}" was written by a newer aws-as`, {
          hints: ["npm install --global aws-as@latest"],
        });
      }
      if (text !== undefined && first === undefined) {
        throw new ItemDamaged(`the keychain item "${name}" is damaged, or another program's`);
      }
      if (first?.kind !== "split") return first?.value;
      const further: (string | undefined)[] = [];
      for (let number = 1; number <= first.further; number += 1) {
        further.push(await items.read(partName(name, first.set, number)));
        if (further.at(-1) === undefined) break;
      }
      const { joinParts } = await import("./split.ts");
      const value = joinParts(first, further);
      if (value !== undefined) return value;
      // Unless somebody replaced the document while it was read: then the first part is another one.
      if (text === before) {
        throw new ItemDamaged(`the keychain item "${name}" is damaged: its parts do not belong together`);
      }
      before = text;
    }
  };
  const write: SecretStore["write"] = async (item, value) => {
    const { splitDocument } = await import("./split.ts");
    const index = openIndex();
    const replaced = index
      .setsOf(item.name)
      .filter((set) => set.writtenAt < clock.now() - keptAfterReplacementMs);
    const { set, first, further } = splitDocument(value, partLimit);
    if (set) {
      // Noted before it is written: what a killed process leaves behind can then be found and removed.
      index.putSet({ name: item.name, set, parts: further.length, writtenAt: clock.now() });
      for (const [at, text] of further.entries()) await items.write(partName(item.name, set, at + 1), text);
    }
    // Listed before it is there: what a killed process leaves behind is then found by `logout`.
    const before = index.items().find(({ name }) => name === item.name);
    ifPossible(() => index.put(item));
    try {
      await items.write(item.name, first, `${options.service}: ${item.label}`);
    } catch (error) {
      ifPossible(() => (before === undefined ? index.drop(item.name) : index.put(before)));
      throw error;
    }
    // A session that does not come back is asked for again. Whoever stores what has no end, a long-term key, is about to
    // remove the other copy. Until here nothing of the item before was removed.
    if (item.expiresAt === undefined && (await read(item.name)) !== value) {
      throw keychainError("failed", options.platform, "what was written does not come back");
    }
    try {
      for (const old of replaced) await removeSet(index, old);
      await tidyUp(index);
    } catch (error) {
      // The document is in the keychain.
      if (!(error instanceof UserError)) throw error;
    }
  };

  return {
    kind: "keychain",
    get stuck() {
      return items.stuck();
    },
    read,
    write: (item, value) => alone(() => write(item, value)),
    remove: (name) => alone(() => removeOrSay(name)),
    list: async () => openIndex().items(),
  };
}

/** The keychain item by item: on Linux the Secret Service, elsewhere keytar. */
function keychainItems(options: KeychainItemsOptions): KeychainItems {
  let chosen: Promise<KeychainItems> | undefined;
  let items: KeychainItems | undefined;
  const choose = async (): Promise<KeychainItems> => {
    const { platform, environment, userId } = options;
    if (platform === "linux" && userId !== undefined) {
      const { secretServiceItems, sessionBusPath } = await import("./secret-service-items.ts");
      const bus = sessionBusPath(environment);
      if (bus !== undefined) return secretServiceItems(bus, userId, options);
      // GIO would start a bus of its own through dbus-launch where there is a display; else there is none.
      if (!environment["DBUS_SESSION_BUS_ADDRESS"] && !hasDisplay(environment))
        throw keychainError("no-bus", platform);
    }
    return (await import("./keytar.ts")).keytarItems(options);
  };
  const loaded = async (): Promise<KeychainItems> => {
    chosen ??= choose();
    items = await chosen;
    return items;
  };
  return {
    read: async (name) => (await loaded()).read(name),
    write: async (name, text, label) => (await loaded()).write(name, text, label),
    remove: async (name, mayAsk) => (await loaded()).remove(name, mayAsk),
    stuck: () => items?.stuck() ?? false,
  };
}
