import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder that only its owner can enter, with the folders above it. Existing folders stay as they are.
 *
 * Not `mkdirSync` with `recursive`: where the kernel answers ENOENT for a folder whose parent exists (/proc,
 * some automounted homes) Node 20 never returns from that.
 */
export function makePrivateFolder(path: string): void {
  if (make(path)) return;
  makePrivateFolder(dirname(path));
  mkdirOrExists(path);
}

/** False when the folder above is missing. */
function make(path: string): boolean {
  try {
    mkdirOrExists(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}

function mkdirOrExists(path: string): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
