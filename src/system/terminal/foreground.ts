import { spawnSync } from "node:child_process";
import { procStat } from "../proc-stat.ts";

/**
 * Whether our process group is the one that the controlling terminal listens to. Reading the terminal from
 * any other group stops the whole job (SIGTTIN), the caller included.
 *
 * Node has no tcgetpgrp. Linux tells it in a file; elsewhere `ps` is asked, which takes some milliseconds.
 * When neither answers, the answer is no: not asking is safe.
 */
export function inForeground(): boolean {
  try {
    if (process.platform === "linux") {
      const { group, foregroundGroup } = procStat("self");
      return group === foregroundGroup;
    }
    const ps = spawnSync("ps", ["-o", "pgid=,tpgid=", "-p", String(process.pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 3000,
    });
    return foregroundByPs(ps.stdout ?? "");
  } catch {
    return false;
  }
}

/** Decides by what `ps -o pgid=,tpgid=` prints: two numbers, the second 0 or -1 without a terminal. */
export function foregroundByPs(output: string): boolean {
  const [group, foreground] = output.trim().split(/\s+/);
  return group !== undefined && group !== "" && group === foreground;
}
