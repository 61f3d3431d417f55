import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Small things worth remembering between runs, none of them secret: JSON values by name. */
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
        return JSON.parse(await readFile(path(name), "utf8"));
      } catch {
        return undefined;
      }
    },
    async write(name, value) {
      const target = path(name);
      const temporary = `${target}.${randomBytes(6).toString("hex")}`;
      try {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await writeFile(temporary, JSON.stringify(value), { mode: 0o600, flag: "wx" });
        await rename(temporary, target);
      } catch {
        // A note is a convenience. Where none can be kept, the question is asked again.
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
    async remove(name) {
      await rm(path(name), { force: true }).catch(() => undefined);
    },
  };
}
