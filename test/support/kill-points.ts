import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, type Home, program, type Run } from "./home.ts";

/** All that touches files, sockets and other processes, in the names that any Linux has for them. */
const calls =
  "?open,?openat,?read,?pread64,?readv,?write,?pwrite64,?writev,?sendto,?sendmsg,?recvfrom,?recvmsg,?connect,?socket,?rename,?renameat,?renameat2,?link,?linkat,?unlink,?unlinkat,?fsync,?fdatasync,?fchmod,?fchown,?mkdir,?ftruncate,?close,?fcntl,?flock,?clone,?clone3,?vfork,?execve";

/** A run that the kernel ends by SIGKILL at a point, or lets go to its end where that point is never reached. */
export interface KillPoint {
  /** Which system call of the main thread, counted from 1. */
  readonly nth: number;
  readonly run: Run;
}

/**
 * Runs a command again and again from the same beginning, killed right before one of its system calls each time: at
 * `count` points, spread evenly from the first use of the user's files to the end.
 *
 * @param begin puts everything outside the home back as it was in the beginning
 * @param check looks at what a killed run left
 */
export async function killEverywhere(
  home: Home,
  args: readonly string[],
  count: number,
  begin: () => void,
  check: (point: KillPoint) => Promise<void>,
): Promise<{ readonly kills: number; readonly calls: number }> {
  const keep = mkdtempSync(join(tmpdir(), "aws-as-beginning-"));
  try {
    cpSync(home.path, keep, { recursive: true, preserveTimestamps: true });
    const restart = () => {
      for (const entry of readdirSync(home.path)) {
        rmSync(join(home.path, entry), { recursive: true, force: true, maxRetries: 5 });
      }
      cpSync(keep, home.path, { recursive: true, preserveTimestamps: true });
      begin();
    };
    restart();
    const log = join(keep, "..", `${keep.split("/").at(-1)}.log`);
    const whole = await ended(startTraced(home, args, ["-o", log]));
    if (whole.status !== 0) throw new Error(`it fails without being killed: ${whole.stderr}`);
    const { first, last } = callsOfMain(readFileSync(log, "utf8"));
    rmSync(log);
    let kills = 0;
    for (let index = 0; index < count; index += 1) {
      const nth = first + Math.floor((index * (last - first)) / Math.max(1, count - 1));
      restart();
      const inject = ["-o", "/dev/null", "-e", `inject=${calls}:signal=SIGKILL:when=${nth}`];
      const run = await ended(startTraced(home, args, inject));
      if (run.signal === "SIGKILL") kills += 1;
      await check({ nth, run });
    }
    return { kills, calls: last - first };
  } finally {
    rmSync(keep, { recursive: true, force: true });
  }
}

function startTraced(home: Home, args: readonly string[], options: readonly string[]) {
  return spawn(
    "strace",
    ["-f", "-qq", "-s", "200", "-e", `trace=${calls}`, ...options, process.execPath, program, ...args],
    {
      cwd: home.path,
      env: { ...home.env, UV_THREADPOOL_SIZE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    },
  );
}

/** Where the main thread first touches the user's files, and how many of the calls it makes. */
function callsOfMain(log: string): { first: number; last: number } {
  const lines = log.split("\n");
  const main = /^\d+/.exec(lines[0] ?? "")?.[0] ?? "";
  // A call that was interrupted by another thread's shows up in two lines.
  const own = lines.filter((line) => line.startsWith(`${main} `) && !line.includes("resumed>"));
  const first = own.findIndex((line) => /\/\.aws\//.test(line));
  return { first: Math.max(1, first), last: own.length };
}
