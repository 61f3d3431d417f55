import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { failureReason } from "../failure-reason.ts";
import { UserError } from "../user-error.ts";
import { makePrivateFolder } from "./private-files.ts";

/** Bytes from which on a log is put aside for a new one. */
export const mostBytes = 5 * 1024 * 1024;

/** How many logs that were put aside are kept. */
const kept = 3;

/** The names of a log's files, the oldest lines first. */
export function filesOfLog(path: string): string[] {
  return [...Array.from({ length: kept }, (_, index) => `${path}.${kept - index}`), path];
}

/**
 * Puts a line to the end of a log that many processes write: in one write, which the kernel does at the file's end and at
 * once, so that no line is torn. (Not on NFS, which knows no such write.) A log that is missing is made for this user only,
 * as is its folder. A full one is put aside.
 *
 * @param line undefined: it is only seen whether the log can be written
 * @param lock keeps two processes from putting the log aside at once, which would cost a whole file; undefined: not to be had
 * @throws UserError where the line is not in the log
 */
export async function appendLine(
  path: string,
  line: string | undefined,
  lock: () => Promise<{ release(): void } | undefined>,
): Promise<void> {
  if (!existsSync(dirname(path))) makePrivateFolder(dirname(path));
  if (append(path, Buffer.from(line === undefined ? "" : `${line}\n`)) < mostBytes) return;
  const held = await lock();
  if (held === undefined) return;
  try {
    putAside(path);
  } catch {
    // The line is in the log, which only grows.
  } finally {
    held.release();
  }
}

/** @returns the size of the file; 0 for what is none, such as a terminal or a pipe */
function append(path: string, bytes: Buffer): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants;
  let file: number | undefined;
  try {
    // Non-blocking: opening a pipe would wait for its other end.
    file = openSync(path, O_APPEND | O_CREAT | O_WRONLY | (O_NONBLOCK ?? 0), 0o600);
    if (writeSync(file, bytes) < bytes.length) throw Object.assign(new Error(path), { code: "ENOSPC" });
    const stat = fstatSync(file);
    return stat.isFile() ? stat.size : 0;
  } catch (error) {
    throw new UserError(`cannot write to the log ${path}: ${failureReason(error)}`, { cause: error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Who had the lock before may have done it. Who has the old file open still writes whole lines to it. */
function putAside(path: string): void {
  const own = realpathSync(path);
  if (statSync(own).size < mostBytes) return;
  const files = filesOfLog(own);
  for (const [index, file] of files.slice(1).entries()) {
    if (existsSync(file)) renameSync(file, files[index] ?? "");
  }
}
