import { readTextFile } from "../../system/files/private-files.ts";
import { printable } from "../../system/printable.ts";
import { fingerprintOf, keyTypeOf, refusalOf } from "../ssh-agent/ssh-key.ts";
import type { AgentKey, Unlocking } from "../unlock.ts";
import { keyFileFrom } from "./key-file.ts";
import type { MasterKeyHolder } from "./master-key.ts";
import type { SlotOptions } from "./slots.ts";

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
