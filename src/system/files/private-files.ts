import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { failureReason } from "../failure-reason.ts";
import { quoted } from "../printable.ts";
import { UserError } from "../user-error.ts";

/** Whose folders are trusted. Without a user id (Windows) nothing is checked: the folder's access list protects it. */
export interface Owner {
  readonly userId?: number | undefined;
}

/**
 * True when the folder is there and safe to use. Throws UserError when it belongs to another user or others may write to
 * it: they could remove or replace items.
 */
export function isPrivateFolder(folder: string, owner: Owner): boolean {
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(folder);
  } catch (error) {
    if (isMissing(error)) return false;
    const ours = dirname(folder);
    const uid = ownerOf(ours);
    // A first use under sudo made all of it, and nobody else may look into it.
    if (uid === 0 && basename(ours) === "aws-as" && owner.userId) throw ofOther(ours, uid, owner.userId);
    throw new UserError(`cannot look into the folder "${folder}": ${failureReason(error)}`, { cause: error });
  }
  if (!stat?.isDirectory()) throw new UserError(`"${folder}" is not a folder`);
  if (owner.userId === undefined) return true;
  if (stat.uid !== owner.userId) throw ofOther(folder, stat.uid, owner.userId);
  if ((stat.mode & 0o022) !== 0) {
    throw new UserError(`other users can write to the folder "${folder}"`, {
      hints: [`chmod 700 ${quoted(folder)}`],
    });
  }
  return true;
}

/** What is ours belongs to another user. */
export class OfOtherUser extends UserError {}

/**
 * Under sudo with the user's HOME, root must not leave anything that the user cannot use, and never be given what is the
 * user's.
 */
function ofOther(path: string, owner: number, userId: number): OfOtherUser {
  if (userId === 0) {
    return new OfOtherUser(`you are root, and "${path}" belongs to user ${owner}`, {
      hints: [
        "run it without sudo; or with files of root's own: sudo -H, or AWS_AS_DIR in root's environment",
      ],
    });
  }
  const why = owner === 0 ? " (root: perhaps a run under sudo made it)" : "";
  return new OfOtherUser(`"${path}" belongs to another user${why}`, {
    hints: [`sudo chown -R ${userId} ${quoted(path)}`],
  });
}

/** Throws OfOtherUser where we are root, and what we would make there would lie in another user's folder. */
function refuseAsRoot(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const uid = ownerOf(folder);
  if (uid) throw ofOther(folder, uid, 0);
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** Throws OfOtherUser for a file, or the folder that it is in, that is there and another user's. */
export function refuseOfOther(file: string): void {
  const userId = process.getuid?.();
  if (userId === undefined) return;
  for (const path of [dirname(file), file]) {
    const uid = ownerOf(path);
    if (uid !== undefined && uid !== userId) throw ofOther(path, uid, userId);
  }
}

/**
 * Makes the folder, and those above it that are missing, for this user only. What is there stays as it is, and with an
 * owner is checked. Throws UserError.
 */
export function makePrivateFolder(folder: string, owner: Owner = {}): void {
  if (isPrivateFolder(folder, owner)) return;
  try {
    makeFolders(folder);
  } catch (error) {
    if (error instanceof OfOtherUser) throw error;
    throw new UserError(`cannot make the folder "${folder}": ${failureReason(error)}`, { cause: error });
  }
  isPrivateFolder(folder, owner);
}

/**
 * Not `mkdirSync` with `recursive`: where the kernel answers ENOENT for a folder whose parent exists (/proc, some
 * automounted homes) Node 20 never returns from that.
 */
function makeFolders(folder: string, isParentMade = false): void {
  try {
    refuseAsRoot(dirname(folder));
    mkdirSync(folder, 0o700);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || isParentMade || dirname(folder) === folder) throw error;
    makeFolders(dirname(folder));
    makeFolders(folder, true);
  }
}

/** The names of what is in a folder, sorted; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw new UserError(`cannot look into the folder "${folder}": ${failureReason(error)}`, { cause: error });
  }
}

/** The file's text, or undefined when there is none. */
export function readTextFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new UserError(`cannot read "${file}": ${failureReason(error)}`, { cause: error });
  }
}

/** A name beside the file that no other process uses. Left behind only by a process that was killed. */
export function temporaryName(file: string): string {
  const random = Math.random().toString(36).slice(2);
  return join(dirname(file), `.${basename(file)}.${process.pid}-${random}.tmp`);
}

/** Whether a power cut right after the call may take back what was written. Waiting for a disk takes milliseconds. */
type Durability = "durable" | "losable";

/** A new file for this user only, its content on the disk when this returns. Throws the system's error. */
export function writeNewFile(file: string, text: string, durability: Durability = "durable"): void {
  const handle = openSync(file, "wx", 0o600);
  try {
    writeFileSync(handle, text);
    if (durability === "durable") fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Replaces the file in one step: a reader, or a power cut (unless losable), finds the old text or the new one. */
export function replaceFile(file: string, text: string, durability: Durability = "durable"): void {
  const temporary = temporaryName(file);
  try {
    writeNewFile(temporary, text, durability);
    renameSync(temporary, file);
  } catch (error) {
    clearAway(temporary);
    // Not the file: two that fail for one reason give one message.
    const folder = dirname(file);
    throw new UserError(`cannot write to the folder "${folder}": ${failureReason(error)}`, { cause: error });
  }
  if (durability === "durable") syncFolder(dirname(file));
}

/** Puts a rename on the disk. Windows has no such call, and some network folders refuse it. */
export function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // The rename happened; only its survival of a power cut is not certain.
  }
}

/** Removes a file where there is one. Bun's `rmSync` with `force` fails on a read-only file system also where there is none. */
export function clearAway(file: string): void {
  if (existsSync(file)) rmSync(file, { force: true });
}

/** True when there was a file to remove. */
export function removeFile(file: string): boolean {
  try {
    rmSync(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new UserError(`cannot remove "${file}": ${failureReason(error)}`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** A path with all links resolved; undefined when nothing is there, or it cannot be reached. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
