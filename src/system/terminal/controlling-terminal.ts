import { procStat } from "../proc-stat.ts";

/** A name for the controlling terminal; empty where there is none, and outside Linux, where it takes a child to know. */
export function controllingTerminal(): string {
  if (process.platform !== "linux") return "";
  try {
    const { terminal } = procStat("self");
    return terminal === 0 ? "" : `tty${terminal}`;
  } catch {
    return "";
  }
}
