import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, type Home, program, type Run } from "./home.ts";

/** All that touches files, sockets and other processes, in the names that any Linux has for them. */
const calls =
  "?open,?openat,?read,?pread64,?readv,?write,?pwrite64,?writev,?sendto,?sendmsg,?recvfrom,?recvmsg,?connect,?socket,?rename,?renameat,?renameat2,?link,?linkat,?unlink,?unlinkat,?fsync,?fdatasync,?fchmod,?fchown,?mkdir,?ftruncate,?close,?fcntl,?flock,?clone,?clone3,?vfork,?execve";

/** A run that the kernel ends by SIGKILL at a point, or lets go to its end where that point is not reached this time. */
export interface KillPoint {
  /** From 0. */
  readonly index: number;
  /** The system call of the main thread that it was killed before, and which of its name: `rename 2`. */
  readonly before: string;
  readonly run: Run;
}

/**
 * Runs a command again and again from the same beginning, killed right before one of its system calls each time: at
 * `count` points, spread evenly from the first use of the user's files to the end. Of several lanes, which work side by
 * side in homes of their own, each takes its share.
 *
 * @param begin puts everything outside the home back as it was in the beginning
 * @param check looks at what a killed run left
 */
export async function killEverywhere(
  home: Home,
  args: readonly string[],
  { count, lane = 0, lanes = 1 }: { count: number; lane?: number; lanes?: number },
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
    const all = callsOfMain(readFileSync(log, "utf8"));
    rmSync(log);
    let kills = 0;
    for (let index = lane; index < count; index += lanes) {
      const call = all[Math.floor((index * all.length) / count)];
      if (call === undefined) throw new Error("it touches none of the user's files");
      restart();
      const inject = `inject=${call.name}:signal=SIGKILL:when=${call.nth}`;
      const run = await ended(startTraced(home, args, ["-o", "/dev/null", "-e", inject]));
      if (run.signal === "SIGKILL") kills += 1;
      await check({ index, before: `${call.name} ${call.nth}`, run });
    }
    return { kills, calls: all.length };
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

/** What the main thread calls from the first use of the user's files on. strace counts each name by itself. */
function callsOfMain(log: string): { name: string; nth: number }[] {
  const lines = log.split("\n");
  const main = /^\d+/.exec(lines[0] ?? "")?.[0] ?? "";
  // A call that was interrupted by another thread's shows up in two lines.
  const own = lines.filter((line) => line.startsWith(`${main} `) && !line.includes("resumed>"));
  const first = own.findIndex((line) => line.includes("/.aws/"));
  const counts = new Map<string, number>();
  const calls = own.flatMap((line) => {
    const [, name] = /^\d+ +(\w+)\(/.exec(line) ?? [];
    if (name === undefined) return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return [{ name, nth, line }];
  });
  const start = calls.findIndex(({ line }) => line === own[first]);
  return calls.slice(Math.max(0, start)).map(({ name, nth }) => ({ name, nth }));
}
