import { dirname } from "node:path";
import { readTextFile } from "../../system/files/private-files.ts";
import { printable, quoted } from "../../system/printable.ts";
import { UserError } from "../../system/user-error.ts";
import type { AgentKey, Unlocking } from "../secret-store.ts";
import { fingerprintOf, keyTypeOf, refusalOf } from "../ssh-agent/ssh-key.ts";
import { keyFileFrom } from "./key-file.ts";
import { type Opened, openMasterKey } from "./open-master-key.ts";
import type { SlotOptions } from "./slots.ts";

/** Opens the master key once per process; a refusal too is given to every later caller. */
export interface MasterKeyHolder {
  exists(): boolean;
  /** Rejects with UserError when there is no key yet: then no item can be opened. */
  open(): Promise<Opened>;
  /** As open, but makes the key by a new passphrase where there is none. The folder must be there. */
  openOrCreate(): Promise<Opened>;
  /** From now on `open` gives this one. */
  keep(opened: Opened): void;
}

function gone(file: string): UserError {
  return new UserError(`the master key "${file}" is missing, so nothing in its folder can be opened`, {
    hints: [`rm -r ${quoted(dirname(file))}  # gives up all that is stored in it`],
  });
}

/** The master key in a file. */
export function masterKeyIn(options: SlotOptions): MasterKeyHolder {
  const { file } = options;
  const openText = (text: string): Promise<Opened> => openMasterKey(keyFileFrom(text, file), options);

  let opening: Promise<Opened> | undefined;
  return {
    exists: () => readTextFile(file) !== undefined,
    open: async () => {
      if (opening) return await opening;
      const text = readTextFile(file);
      if (text === undefined) throw gone(file);
      opening = openText(text);
      return await opening;
    },
    openOrCreate: async () => {
      const openOrCreate = async (): Promise<Opened> => {
        const text = readTextFile(file);
        if (text !== undefined) return await openText(text);
        const { createByPassphrase } = await import("./slots.ts");
        return await createByPassphrase(options);
      };
      opening ??= openOrCreate();
      return await opening;
    },
    keep: (opened) => {
      opening = Promise.resolve(opened);
    },
  };
}

/** The store's folder, as far as its lock is concerned. Both throw UserError when it is not safe to use. */
interface Folder {
  isThere(): boolean;
  make(): void;
}

/** The lock of the file store. What changes it is loaded when it is used. */
export function unlockingOf(holder: MasterKeyHolder, options: SlotOptions, folder: Folder): Unlocking {
  const proven = new Set<string>();
  const open = async () => {
    const opened = await holder.open();
    proven.add(opened.slotId);
    return opened;
  };
  return {
    isSetUp: () => folder.isThere() && holder.exists(),
    slots: async () => {
      const { describedSlots } = await import("./slots.ts");
      const text = folder.isThere() ? readTextFile(options.file) : undefined;
      return text === undefined ? [] : describedSlots(keyFileFrom(text, options.file));
    },
    add: async (wanted) => {
      const { addSlot } = await import("./slots.ts");
      folder.make();
      const { slot, opened } = await addSlot(wanted, options, open);
      holder.keep(opened);
      proven.add(opened.slotId);
      return slot;
    },
    remove: async (id) => {
      const { removeSlot } = await import("./slots.ts");
      folder.isThere();
      const opened = await removeSlot(id, options, proven);
      proven.delete(id);
      if (opened === undefined) return;
      holder.keep(opened);
      proven.add(opened.slotId);
    },
    agentKeys: async () => {
      return (await options.agent.identities()).map(({ key, comment }): AgentKey => {
        const refused = refusalOf(key);
        return {
          fingerprint: fingerprintOf(key),
          keyType: printable(keyTypeOf(key)),
          comment: printable(comment),
          ...(refused === undefined ? {} : { refused }),
        };
      });
    },
  };
}
