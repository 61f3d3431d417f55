import { constants, copyFileSync, linkSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../system/clock.ts";
import { failureReason } from "../../system/failure-reason.ts";
import { lockFile } from "../../system/files/lock.ts";
import {
  readTextFile,
  removeFile,
  syncFolder,
  temporaryName,
  writeNewFile,
} from "../../system/files/private-files.ts";
import { UserError } from "../../system/user-error.ts";

/** A new text for the file, and a check of it as it is read back from the disk, before it replaces the old one. */
export interface Change {
  readonly text: string;
  /** Rejects when the text is not what it should be: then the file stays as it was. */
  prove(text: string): Promise<void>;
}

/** Milliseconds. A change takes a second or two, as a passphrase is tried in it. */
const masterKeyTurnTimeoutMs = 30_000;

/**
 * Changes the file under a lock. `decide` gets the present text, and returns the change; any other answer of it is the
 * result. A reader, also after a crash, sees the old text or the new one.
 */
export async function changeKeyFile<T>(
  file: string,
  clock: Clock,
  decide: (text: string | undefined) => { readonly change: Change } | { readonly answer: T },
): Promise<{ readonly answer: T } | "changed"> {
  const path = join(dirname(file), ".lock-master-key");
  const lock = await lockFile(path, { clock, deadline: clock.monotonic() + masterKeyTurnTimeoutMs });
  if (lock === undefined) {
    throw new UserError("another aws-as is changing how the file store is opened", {
      hints: ["try again when it is done"],
    });
  }
  try {
    const before = readTextFile(file);
    const decision = decide(before);
    if ("answer" in decision) return decision;
    await replace(file, before, decision.change);
    return "changed";
  } finally {
    lock.release();
  }
}

async function replace(file: string, before: string | undefined, { text, prove }: Change): Promise<void> {
  const temporary = temporaryName(file);
  try {
    writeNewFile(temporary, text);
    await prove(readTextFile(temporary) ?? "");
    if (before === undefined) putNew(temporary, file);
    // Where nothing can be locked, another process may have been faster.
    else if (readTextFile(file) === before) renameSync(temporary, file);
    else throw changedMeanwhile(file);
    syncFolder(dirname(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot write "${file}": ${failureReason(error)}`, { cause: error });
  } finally {
    removeFile(temporary);
  }
}

/** Puts a file where none is, in one step. */
function putNew(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (isExisting(error)) throw changedMeanwhile(file);
    try {
      // A file system without hard links (FAT, some mounts).
      copyFileSync(temporary, file, constants.COPYFILE_EXCL);
    } catch (failure) {
      throw isExisting(failure) ? changedMeanwhile(file) : failure;
    }
  }
}

function isExisting(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EEXIST";
}

function changedMeanwhile(file: string): UserError {
  return new UserError(`"${file}" was changed by another program at the same moment`, {
    hints: ["try again"],
  });
}
