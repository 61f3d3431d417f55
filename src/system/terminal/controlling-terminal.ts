import { readFileSync } from "node:fs";

/**
 * A name for the terminal that we run on; empty where there is none, or where it takes more than a look at a file to
 * know (outside Linux). Field 7 of /proc/PID/stat, counted behind the program's name, which may hold anything.
 */
export function controllingTerminal(): string {
  if (process.platform !== "linux") return "";
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const number = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4] ?? "0";
    return number === "0" ? "" : `tty${number}`;
  } catch {
    return "";
  }
}
