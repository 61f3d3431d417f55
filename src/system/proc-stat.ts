import { readFileSync } from "node:fs";

/**
 * Fields of /proc/PID/stat on Linux. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 * Throws where there is no such process, or no /proc.
 */
export function procStat(pid: number | "self") {
  return parseProcStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** The same from the text `PID (NAME) STATE PPID PGRP SESSION TTY_NR TPGID …`. NAME may hold spaces and parentheses. */
export function parseProcStat(text: string) {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group, session, terminal, foregroundGroup] = fields;
  return {
    state,
    parent: Number(parent),
    group: Number(group),
    /** The process that leads the session: mostly the first one of its terminal. */
    session: Number(session),
    /** In ticks since the system's start: with the number of the process, no other process has both. */
    startedAt: fields[19] ?? "",
    /** The device number of the controlling terminal; 0: none. */
    terminal: Number(terminal) >>> 0,
    /** The process group in the foreground of that terminal; -1: none. */
    foregroundGroup: Number(foregroundGroup),
  };
}

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
