import { spawn } from "node:child_process";
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
