import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { procStat } from "../proc-stat.ts";
import { ps } from "../ps.ts";

/** Milliseconds that a process has to put the terminal back in order and end. */
const killGraceMs = 500;

/**
 * Ends a process and all that it started, for one that shares our process group and so cannot be ended with its own:
 * SIGTERM, and SIGKILL for what is still there after half a second.
 */
export async function endTree(pid: number): Promise<void> {
  const all = [pid, ...descendantsOf(pid, parents())];
  for (const each of all) signal(each, "SIGTERM");
  const end = performance.now() + killGraceMs;
  while (all.some(isThere) && performance.now() < end) await delay(20);
  // What was started meanwhile comes first: without a parent it could no longer be told from others.
  for (const each of all.flatMap((one) => descendantsOf(one, parents()))) signal(each, "SIGKILL");
  for (const each of all) signal(each, "SIGKILL");
}

/** Processes whose parent, or its parent and so on, is this one; `pairs` are a process and its parent. Pure. */
export function descendantsOf(pid: number, pairs: readonly (readonly [number, number])[]): number[] {
  const found: number[] = [];
  const add = (root: number) => {
    for (const [child, parent] of pairs) {
      if (parent !== root || found.includes(child)) continue;
      found.push(child);
      add(child);
    }
  };
  add(pid);
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Ended already.
  }
}

/** False for a zombie as well. */
function isThere(pid: number): boolean {
  try {
    if (process.platform === "linux") return procStat(pid).state !== "Z";
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Every process with its parent. */
function parents(): [number, number][] {
  try {
    if (process.platform === "linux") return parentsByProc();
    const lines = ps("-A", "-o", "pid=,ppid=").split("\n");
    return lines.map((line) => {
      const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
      return [pid, parent];
    });
  } catch {
    return [];
  }
}

function parentsByProc(): [number, number][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        return [[Number(name), procStat(Number(name)).parent]];
      } catch {
        return [];
      }
    });
}
