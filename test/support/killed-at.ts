import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ended, type Home, program, type Run } from "./home.ts";

/** Kinds of system calls by what they do, in the names that any Linux has for them (`?`: where it exists). */
export const systemCalls = {
  open: "?open,?openat",
  read: "?read,?pread64",
  write: "?write,?pwrite64,?writev",
  mode: "?fchmod",
  owner: "?fchown",
  sync: "?fsync,?fdatasync",
  rename: "?rename,?renameat,?renameat2",
  link: "?link,?linkat",
  close: "?close",
} as const;

/**
 * Runs the program and has the kernel kill it (SIGKILL) right before its `nth` call of that kind, counted from 1 per
 * thread. `signal` of the run is null when it ended without ever getting there.
 *
 * Node's file work is put on one thread, so that its calls come in one order.
 */
export function runKilledAt(
  home: Home,
  args: readonly string[],
  kind: keyof typeof systemCalls,
  nth: number,
): Promise<Run> {
  const calls = systemCalls[kind];
  const options = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`];
  const inject = ["-e", `inject=${calls}:signal=SIGKILL:when=${nth}`];
  const child = spawn("strace", [...options, ...inject, process.execPath, program, ...args], {
    cwd: home.path,
    env: { ...home.env, UV_THREADPOOL_SIZE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return ended(child);
}

/** The nth call of this name, counted from 1. */
export interface KillPoint {
  readonly call: string;
  readonly nth: number;
}

/** What a program that changes files and asks nobody does, but for looking. */
const callsThatMatter =
  "openat,read,pread64,write,writev,fsync,rename,link,close,unlink,fcntl,mkdir,ftruncate";

/**
 * The calls that a script of Node makes on its main thread between two calls of access(2) on `begin` and `end`, which
 * existsSync makes. Its start is left out: there it has done nothing yet.
 */
export async function killPointsOf(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  begin: string,
  end: string,
): Promise<KillPoint[]> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-strace-"));
  try {
    const log = join(folder, "log");
    const options = ["-f", "-qq", "--seccomp-bpf", "-o", log, "-e", `trace=access,${callsThatMatter}`];
    await promisify(execFile)("strace", [...options, process.execPath, ...args], {
      env: { ...env, UV_THREADPOOL_SIZE: "1" },
    });
    const lines = readFileSync(log, "utf8").split("\n");
    const main = lines.find((line) => line.includes(begin))?.split(" ", 1)[0];
    const counts = new Map<string, number>();
    const points: KillPoint[] = [];
    let inside = false;
    for (const line of lines) {
      const [, pid, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
      if (pid !== main || call === undefined) continue;
      if (call === "access") {
        if (line.includes(begin)) inside = true;
        if (line.includes(end)) inside = false;
        continue;
      }
      counts.set(call, (counts.get(call) ?? 0) + 1);
      if (inside) points.push({ call, nth: counts.get(call) ?? 0 });
    }
    return points;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a script of Node and has the kernel kill it (SIGKILL) right before that call. */
export function runScriptKilledAt(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { call, nth }: KillPoint,
): Promise<Run> {
  // Not with --seccomp-bpf, which strace 6.1 injects no signals with.
  const options = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`];
  const inject = ["-e", `inject=${call}:signal=SIGKILL:when=${nth}`];
  const child = spawn("strace", [...options, ...inject, process.execPath, ...args], {
    env: { ...env, UV_THREADPOOL_SIZE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return ended(child);
}
