import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Whether our process group is the one that the controlling terminal listens to. Reading the terminal from
 * any other group stops the whole job (SIGTTIN), the caller included.
 *
 * Node has no tcgetpgrp. Linux tells it in a file; elsewhere `ps` is asked, which takes some milliseconds.
 * When neither answers, the answer is no: not asking is safe.
 */
export function inForeground(): boolean {
  try {
    if (process.platform === "linux") return foregroundByStat(readFileSync("/proc/self/stat", "utf8"));
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

/**
 * Decides by the text of /proc/PID/stat: `PID (COMM) STATE PPID PGRP SESSION TTY_NR TPGID …`
 * (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). COMM may hold spaces and parentheses.
 */
export function foregroundByStat(stat: string): boolean {
  const fields = fieldsOf(stat);
  const [group, foreground] = [fields[2], fields[5]];
  return group !== undefined && group === foreground;
}

/** The number of the controlling terminal's device, by the same text; undefined where there is none. */
export function terminalNumberByStat(stat: string): number | undefined {
  const number = Number(fieldsOf(stat)[4]) >>> 0;
  return number === 0 ? undefined : number;
}

const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(")") + 2).split(" ");

/** Decides by what `ps -o pgid=,tpgid=` prints: two numbers, the second 0 or -1 without a terminal. */
export function foregroundByPs(output: string): boolean {
  const [group, foreground] = output.trim().split(/\s+/);
  return group !== undefined && group !== "" && group === foreground;
}
