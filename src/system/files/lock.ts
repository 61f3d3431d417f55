import { closeSync, ftruncateSync, openSync, realpathSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Clock } from "../clock.ts";
import { UserError } from "../user-error.ts";
import { makePrivateFolder, OfOtherUser, refuseOfOther } from "./private-files.ts";

/**
 * A lock between processes.
 *
 * `held: false` locks nothing: the place is read-only, or the file system knows no locks. Work goes on without it, because a
 * second question is better than no session.
 */
export type Lock =
  | { readonly held: true; release(): void }
  | { readonly held: false; readonly because: string; release(): void };

export interface LockOptions {
  readonly clock: Clock;
  /** Milliseconds of the monotonic clock after which to stop waiting. Absent: wait as long as it takes. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  /** Called once, when the lock is found taken and the wait begins. */
  readonly onWait?: () => void;
}

/**
 * Locks the file at `path`, which is made when it is missing (0600, in folders of 0700), and waits for other
 * holders. Resolves to undefined at the deadline; rejects with the signal's reason when aborted, and where this Node.js can
 * lock nothing.
 *
 * The kernel frees the lock when the holder dies, however it dies. The file is never deleted: else a waiter could lock
 * the deleted file while another process locks a new one. The file holds the number of its last holder, for who waits.
 * Node opens it close-on-exec, so that no child keeps the lock after this process has ended.
 */
export async function lockFile(path: string, options: LockOptions): Promise<Lock | undefined> {
  options.signal?.throwIfAborted();
  const native = await loadNative();
  let file: number;
  try {
    makePrivateFolder(dirname(path));
    refuseOfOther(path);
    file = openSync(path, "a+", 0o600);
  } catch (error) {
    // To go on without it would switch exclusion off for good, without a word.
    if (error instanceof OfOtherUser) throw error;
    return notHeld(error);
  }
  try {
    const taken = await take(() => native.tryLock(file), options);
    if (taken === true) return held(file);
    closeSync(file);
    return taken === "too-late" ? undefined : notHeld(taken.failure);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Polls, although the package could also wait: that would occupy one of the four threads of libuv's pool, and cannot be
 * cancelled. The jitter keeps many waiters from trying at the same moments.
 */
async function take(
  tryLock: () => boolean,
  options: LockOptions,
): Promise<true | "too-late" | { failure: unknown }> {
  const { clock, deadline = Number.POSITIVE_INFINITY, signal, onWait } = options;
  for (let first = true; ; first = false) {
    try {
      if (tryLock()) return true;
    } catch (failure) {
      return { failure };
    }
    if (first) onWait?.();
    const left = deadline - clock.monotonic();
    if (left <= 0) return "too-late";
    try {
      await clock.sleep(Math.min(left, 20 + Math.random() * 30), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}

function held(file: number): Lock {
  let open = true;
  try {
    ftruncateSync(file);
    writeSync(file, String(process.pid));
  } catch {
    // A full disk: who waits is not told whom for.
  }
  return {
    held: true,
    release: () => {
      if (open) closeSync(file);
      open = false;
    },
  };
}

function notHeld(error: unknown): Lock {
  const because = error instanceof Error ? error.message : String(error);
  return { held: false, because: because.split("\n", 1)[0] ?? "", release: () => undefined };
}

type Native = typeof import("fs-native-extensions");

async function loadNative(): Promise<Native> {
  try {
    const loaded: Native & { default?: Native } = await import("fs-native-extensions");
    return loaded.default ?? loaded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ADDON_NOT_FOUND") {
      try {
        return ofGlibc();
      } catch {
        // What the package said of itself tells more.
      }
    }
    const { platform, arch } = process;
    if (arch !== "x64" && arch !== "arm64") throw withoutBinary(platform, arch, error);
    throw new UserError(`this program cannot lock files here (${platform} on ${arch})`, {
      hints: [
        "without locks, calls at once would ask for a code each, and could lose what the others store",
        "locks come with the package fs-native-extensions, for Linux, macOS and Windows on x64 and arm64; the package manager must not leave it out",
      ],
      cause: error,
    });
  }
}

/** Of 32 bits, such as Raspberry Pi OS on older boards: a Node.js of 64 bits runs on most of these all the same. */
function withoutBinary(platform: string, arch: string, cause: unknown): UserError {
  return new UserError(
    `aws-as cannot run on ${platform} on ${arch}: what locks its files is made for x64 and arm64 alone`,
    {
      hints: ["install a Node.js of 64 bits, on a system of 64 bits: uname -m says x86_64 or aarch64 there"],
      cause,
    },
  );
}

/**
 * On Alpine the package looks for a binary for musl, which it does not have. The one for glibc needs nothing that musl lacks, and
 * musl takes `libc.so.6` for itself: https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c (load_library).
 */
function ofGlibc(): Native {
  const require = createRequire(realpathSync(process.argv[1] ?? process.execPath));
  const folder = dirname(require.resolve("fs-native-extensions/package.json"));
  const file = join(folder, "prebuilds", `${process.platform}-${process.arch}`, "fs-native-extensions.node");
  const { tryLock } = require(file) as {
    tryLock(fd: number, offset: number, length: number, exclusive: boolean): void;
  };
  return {
    tryLock: (fd) => {
      try {
        tryLock(fd, 0, 0, true);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
        throw error;
      }
    },
  };
}
