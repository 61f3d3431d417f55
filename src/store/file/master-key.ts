import { dirname } from "node:path";
import { readTextFile } from "../../system/files/private-files.ts";
import { quoted } from "../../system/shell-quote.ts";
import { UserError } from "../../system/user-error.ts";
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
