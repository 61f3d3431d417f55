import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makePrivateFolder, removeFile, replaceFile } from "./private-files.ts";

/** Small facts that are remembered between runs, none of them secret: JSON values by name. */
export interface Notes {
  /** The value, or undefined when there is none or it cannot be read. */
  read(name: string): Promise<unknown>;
  /** Remembers the value; on a read-only disk nothing is remembered, and nothing fails. */
  write(name: string, value: unknown): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Notes as files below a folder, which is made on the first write. Names are paths of plain words. */
export function fileNotes(folder: string): Notes {
  const path = (name: string) => join(folder, `${name}.json`);
  return {
    async read(name) {
      try {
        return JSON.parse(readFileSync(path(name), "utf8"));
      } catch {
        return undefined;
      }
    },
    async write(name, value) {
      try {
        makePrivateFolder(dirname(path(name)));
        replaceFile(path(name), JSON.stringify(value), "losable");
      } catch {
        // A note is a convenience. Where none can be kept, the question is asked again.
      }
    },
    async remove(name) {
      try {
        removeFile(path(name));
      } catch {
        // As above.
      }
    },
  };
}
