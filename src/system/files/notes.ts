import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makePrivateFolder } from "./private-folder.ts";

/** Small things worth remembering between runs, none of them secret: JSON values by name. */
export interface Notes {
  /** The value, or undefined when there is none or it cannot be read. */
  read(name: string): Promise<unknown>;
  /** Remembers the value; on a read-only disk nothing is remembered, and nothing fails. */
  write(name: string, value: unknown): Promise<void>;
  remove(name: string): Promise<void>;
}

let counter = 0;

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
      const target = path(name);
      const temporary = `${target}.${process.pid}-${counter++}`;
      try {
        makePrivateFolder(dirname(target));
        writeFileSync(temporary, JSON.stringify(value), { mode: 0o600, flag: "wx" });
        renameSync(temporary, target);
      } catch {
        // A note is a convenience. Where none can be kept, the question is asked again.
        rmSync(temporary, { force: true });
      }
    },
    async remove(name) {
      try {
        rmSync(path(name), { force: true });
      } catch {
        // As above.
      }
    },
  };
}
