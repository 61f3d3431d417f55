import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  type FileHandle,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  stat,
  unlink,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makePrivateFolder, syncFolder } from "./private-files.ts";

/** Another program changed the file between reading and replacing it. Nothing was written. */
export class FileChanged extends Error {}

/** There is something at the path that is not a regular file: a folder, a device, a pipe. Nothing was written. */
export class NotAFile extends Error {}

/**
 * Edits a file of the user in one step: a reader, also after a crash, sees the old content or the new. `change` gets the
 * old bytes, undefined when there is no file, and returns the new ones; `check` gets the new ones as they were read back
 * from the disk, and throws to stop.
 *
 * Symbolic links stay links. Mode and owner are kept; a new file gets 0600, a new folder 0700. Hard links are
 * broken, and extended attributes are not kept. Returns false when nothing had to change (no file is empty). Rejects with
 * `FileChanged`, `NotAFile`, the system's error, or what `change` or `check` throw; the file is then as it was.
 */
export async function editFile(
  path: string,
  change: (before: Buffer | undefined) => Buffer,
  check: (written: Buffer) => void = () => {},
): Promise<boolean> {
  const target = await followLinks(path);
  const before = await snapshot(target);
  const after = change(before?.bytes);
  if (after.equals(before?.bytes ?? Buffer.alloc(0))) return false;
  const folder = dirname(target);
  makePrivateFolder(folder);
  await removeLeftovers(folder, basename(target));
  const unique = `${process.pid}-${randomBytes(6).toString("hex")}`;
  const temporary = join(folder, `${leftoverPrefix(basename(target))}${unique}.tmp`);
  try {
    await writeDurably(temporary, after, before);
    const written = await snapshot(temporary);
    if (!written?.bytes.equals(after)) throw new Error(`${temporary} does not hold what was written to it`);
    check(written.bytes);
    await refuseIfChanged(path, target, before);
    await renameOver(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  syncFolder(folder);
  return true;
}

interface Snapshot {
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Differs when the file was replaced or touched in any way. */
  readonly stamp: string;
}

async function snapshot(path: string): Promise<Snapshot | undefined> {
  let file: FileHandle;
  try {
    // Non-blocking: opening a pipe would wait for its other end.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const about = await file.stat({ bigint: true });
    if (!about.isFile()) throw new NotAFile(path);
    const stamp = [about.dev, about.ino, about.size, about.mtimeNs, about.ctimeNs].join(" ");
    const { mode, uid, gid } = about;
    return {
      bytes: await file.readFile(),
      mode: Number(mode) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      stamp,
    };
  } finally {
    await file.close();
  }
}

async function writeDurably(path: string, bytes: Buffer, like: Snapshot | undefined): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    if (like !== undefined) await keepOwnerAndMode(file, like);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function keepOwnerAndMode(file: FileHandle, { uid, gid, mode }: Snapshot): Promise<void> {
  const own = await file.stat();
  let kept = mode;
  if (own.uid !== uid || own.gid !== gid) {
    // Only root may give files away. A group that cannot be kept must not hand its rights to another one.
    await file.chown(uid, gid).catch(async () => {
      await file.chown(own.uid, gid).catch(() => {
        kept = mode & ~0o070;
      });
    });
  }
  // After chown, which takes the set-id bits away.
  await file.chmod(kept);
}

async function refuseIfChanged(path: string, target: string, before: Snapshot | undefined): Promise<void> {
  const sameTarget = (await followLinks(path)) === target;
  const now = await snapshot(target);
  const same =
    before === undefined ? now === undefined : now?.stamp === before.stamp && now.bytes.equals(before.bytes);
  if (!sameTarget || !same) throw new FileChanged(path);
}

/** Where the bytes are: the end of all symbolic links, which need not exist. */
async function followLinks(path: string, depth = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  const about = await lstat(path).catch(() => undefined);
  if (!about?.isSymbolicLink() || depth > 40) return resolve(path);
  return followLinks(resolve(await realpath(dirname(path)), await readlink(path)), depth + 1);
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await rename(from, to);
    } catch (error) {
      // On Windows another program that has the file open, such as a virus scanner, can be in the way for a moment.
      const held = hasCode(error, "EPERM") || hasCode(error, "EACCES") || hasCode(error, "EBUSY");
      if (process.platform !== "win32" || !held || tries === 20) throw error;
      await delay(50);
    }
  }
}

function leftoverPrefix(name: string): string {
  return `.${name}.aws-as-`;
}

/**
 * Removes what killed runs left beside a file: such files may hold keys. Never rejects.
 *
 * @param options.alone true when no other process writes the file now: then everything goes
 */
export async function sweepLeftovers(path: string, options: { readonly alone: boolean }): Promise<void> {
  const target = await followLinks(path).catch(() => undefined);
  if (target === undefined) return;
  await removeLeftovers(dirname(target), basename(target), options.alone ? 0 : undefined);
}

/** Removes what a killed run left behind: its process is gone, or it is ten minutes old, which no live run takes. */
async function removeLeftovers(folder: string, name: string, minimumAge = 600_000): Promise<void> {
  const prefix = leftoverPrefix(name);
  const names = await readdir(folder).catch(() => []);
  for (const entry of names) {
    if (!entry.startsWith(prefix) || !entry.endsWith(".tmp")) continue;
    const path = join(folder, entry);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    const writer = Number(/^(\d+)-/.exec(entry.slice(prefix.length))?.[1] ?? Number.NaN);
    if (age >= minimumAge || isGone(writer)) await unlink(path).catch(() => {});
  }
}

/**
 * Whether there is no process of that number. One on another host, or in another container, looks gone too: should its
 * file be taken from it in the moment before the rename, it fails with nothing changed.
 */
function isGone(processId: number): boolean {
  if (!(processId > 0)) return false;
  try {
    process.kill(processId, 0);
    return false;
  } catch (error) {
    return hasCode(error, "ESRCH");
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}
