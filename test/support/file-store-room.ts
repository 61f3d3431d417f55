import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileStore } from "../../src/store/file/file.ts";
import { type GivePassphrase, WrongPassphrase } from "../../src/store/file/passphrase.ts";
import { fileNameOf } from "../../src/store/item-index.ts";
import type { FileStore } from "../../src/store/secret-store.ts";
import { type Clock, systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

/** A folder for a file store, and stores that open it. */
export interface Room {
  readonly folder: string;
  /** The passphrase questions so far. */
  readonly questions: string[];
  /** A store as another process would have it: nothing unlocked yet. */
  open(passphrase?: string, clock?: Clock): FileStore;
}

/** A room for the time of a test. Scrypt is cheap in it. */
export function fileStoreRoom(t: TestContext): Room {
  const parent = mkdtempSync(join(tmpdir(), "aws-as-file-"));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, "it's here", "store");
  const questions: string[] = [];
  const open = (text = "correct horse", clock = systemClock): FileStore => {
    const passphrase: GivePassphrase = async (why, attempt) => {
      questions.push(why);
      if (attempt > 1) throw new WrongPassphrase("wrong");
      return new Secret(text);
    };
    const userId = process.getuid?.();
    return fileStore({ folder, userId, clock, passphrase, cost: { N: 1024, r: 8, p: 1 } });
  };
  return { folder, questions, open };
}

/** Where an item of this name lies. */
export const fileOf = (folder: string, name: string): string => join(folder, `${fileNameOf(name)}.json`);

/** Changes the JSON in a file. */
export function edit(file: string, change: (content: Record<string, unknown>) => unknown): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")))));
}
