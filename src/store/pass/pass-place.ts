import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Environment } from "../../system/environment.ts";
import { failureReason } from "../../system/failure-reason.ts";
import {
  makePrivateFolder,
  namesIn,
  readTextFile,
  replaceFile,
  syncFolder,
} from "../../system/files/private-files.ts";
import { UserError } from "../../system/user-error.ts";

/** Where the entries of aws-as are in the password store. */
export interface PassPlace {
  /** The password store. */
  readonly store: string;
  /** The path from there to the folder of the entries. */
  readonly prefix: string;
}

/** A file of aws-as. Sessions are in a folder of their own, which git ignores. */
export interface PassFile {
  /** As pass names it: `aws-as/sessions/role …`. */
  readonly entry: string;
  readonly path: string;
  readonly isSession: boolean;
  /** Milliseconds since 1970 when it was last written. */
  readonly writtenAt: number;
}

/** The beginning of a new entry's name while it is written: hidden, so that `pass ls` does not show it. */
const newMark = ".new-";
const sessions = "sessions";

/** The user's password store, as pass finds it. */
export function storeFolder(environment: Environment, home: string): string {
  return resolve(environment["PASSWORD_STORE_DIR"] || join(environment["HOME"] || home, ".password-store"));
}

/** The folder of an entry, as pass names it. */
export function entryFolder({ prefix }: PassPlace, isSession: boolean): string {
  return isSession ? `${prefix}/${sessions}` : prefix;
}

export function pathOfEntry({ store }: PassPlace, entry: string): string {
  return join(store, `${entry}.gpg`);
}

export function newEntry(place: PassPlace, isSession: boolean, random: string): string {
  return `${entryFolder(place, isSession)}/${newMark}${random}`;
}

/**
 * For whom pass encrypts there: what `pass init` wrote, in the nearest folder above, or PASSWORD_STORE_KEY; undefined
 * where nothing was.
 */
export function recipientsOf(
  { store }: PassPlace,
  folder: string,
  environment: Environment,
): readonly string[] | undefined {
  const named = environment["PASSWORD_STORE_KEY"]?.split(/\s+/).filter(Boolean) ?? [];
  if (named.length > 0) return named;
  const names = folder.split("/");
  for (let count = names.length; count >= 0; count -= 1) {
    const text = readTextFile(join(store, ...names.slice(0, count), ".gpg-id"));
    if (text === undefined) continue;
    return text.split("\n").flatMap((line) => line.replace(/#.*/, "").trim() || []);
  }
  return undefined;
}

/**
 * Makes the folders, and has git ignore what must never be in its history: sessions, also when the whole store is added
 * (`pass init` does that), and what a killed writer left.
 */
export function makeFolders(place: PassPlace): void {
  const folder = join(place.store, place.prefix);
  const ignore = join(folder, ".gitignore");
  const text = `# written by aws-as\n/.gitignore\n/${newMark}*\n/${sessions}/\n`;
  makePrivateFolder(join(folder, sessions));
  if (readTextFile(ignore) !== text) replaceFile(ignore, text, "losable");
}

/** All entries, and apart from them what was not finished. */
export function filesIn(place: PassPlace): { entries: PassFile[]; unfinished: PassFile[] } {
  const all = [false, true].flatMap((isSession) => filesOf(place, isSession));
  const isNew = ({ entry }: PassFile): boolean => entry.includes(`/${newMark}`);
  return { entries: all.filter((file) => !isNew(file)), unfinished: all.filter(isNew) };
}

function filesOf(place: PassPlace, isSession: boolean): PassFile[] {
  const folder = entryFolder(place, isSession);
  return namesIn(join(place.store, folder)).flatMap((name) => {
    if (!name.endsWith(".gpg")) return [];
    const path = join(place.store, folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) return [];
    return { entry: `${folder}/${name.slice(0, -".gpg".length)}`, path, isSession, writtenAt: stat.mtimeMs };
  });
}

/** Puts a new entry into the place of an old one in one step. What it holds must be on the disk. */
export function putInPlace(place: PassPlace, from: string, to: string): void {
  const path = pathOfEntry(place, to);
  try {
    renameSync(pathOfEntry(place, from), path);
  } catch (error) {
    throw new UserError(`cannot write "${path}": ${failureReason(error)}`, { cause: error });
  }
}

/** Puts the content of an entry on the disk. False when there is no such file. */
export function syncEntry(place: PassPlace, entry: string): boolean {
  const path = pathOfEntry(place, entry);
  if (!existsSync(path)) return false;
  try {
    const handle = openSync(path, "r+");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw new UserError(`cannot write "${path}": ${failureReason(error)}`, { cause: error });
  }
  return true;
}

/** Puts renames in the folder of an entry on the disk. */
export function syncFolderOf(place: PassPlace, isSession: boolean): void {
  syncFolder(join(place.store, entryFolder(place, isSession)));
}

/** Removes what was written of an unfinished entry; never fails, because a later write tidies up too. */
export function discard(place: PassPlace, entry: string): void {
  try {
    rmSync(pathOfEntry(place, entry), { force: true });
  } catch {
    // A folder that became read-only: the write has failed with an error already.
  }
}
