import { dlopen, FFIType, ptr, read } from "bun:ffi";

/**
 * What fs-native-extensions is for Node.js, for the stand-alone executable, which can load no addon: the same locks, so that both
 * programs wait for each other.
 */
const { i32, ptr: pointer } = FFIType;
const isLinux = process.platform === "linux";
export const libraries = isLinux
  ? ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`]
  : ["libSystem.B.dylib"];
const errnoName = isLinux ? "__errno_location" : "__error";

const { fcntl, flock, errno } = openLibrary();

function openLibrary() {
  const failures: unknown[] = [];
  for (const library of libraries) {
    try {
      const { symbols } = dlopen(library, {
        fcntl: { args: [i32, i32, pointer], returns: i32 },
        flock: { args: [i32, i32], returns: i32 },
        [errnoName]: { args: [], returns: pointer },
      });
      const { fcntl, flock, [errnoName]: place } = symbols;
      if (fcntl && flock && place) return { fcntl, flock, errno: () => read.i32(place(), 0) };
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(`no C library to lock files with: ${failures.join(", ")}`);
}

/** Whether the lock was taken; false where another holds it. */
export function tryLock(file: number): boolean {
  if (!isLinux) return taken(flock(file, lockExclusive | lockNonBlocking), [35]);
  // struct flock of 64-bit Linux; start and length 0 are the whole file. An open file description holds the lock, not a process.
  const lock = new DataView(new ArrayBuffer(32));
  lock.setInt16(0, writeLock, true);
  return taken(fcntl(file, setLockOfDescription, ptr(lock)), [11, 13]);
}

const [lockExclusive, lockNonBlocking, writeLock, setLockOfDescription] = [2, 4, 1, 37];

function taken(result: number, ofOthers: readonly number[]): boolean {
  if (result === 0) return true;
  const number = errno();
  if (ofOthers.includes(number)) return false;
  throw new Error(`the file cannot be locked (error ${number})`);
}
