import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { procStat } from "../proc-stat.ts";
import { ps } from "../ps.ts";
import { pathByNumber } from "../terminal/controlling-terminal.ts";
import { byProc, callerPid, nameOf, nearestCaller, type ProcessLookup, parentPid } from "./parent-program.ts";

/** A process that asks us for something; undefined is what the system does not tell. */
export interface Caller {
  readonly pid: number;
  readonly program: string | undefined;
  /** The path of its controlling terminal. */
  readonly terminal: string | undefined;
  readonly folder: string | undefined;
}

/** Who asks us: by its number, else the process that started us. On Windows the system tells no more than its number. */
export function caller(pid = callerPid() ?? parentPid()): Caller {
  if (process.platform === "linux") {
    const told = <T>(read: () => T) => {
      try {
        return read();
      } catch {
        return undefined;
      }
    };
    return {
      pid,
      program: told(() => nameOf(pid)),
      terminal: told(() => pathByNumber(procStat(pid).terminal)),
      folder: told(() => readlinkSync(`/proc/${pid}/cwd`)),
    };
  }
  const listed = process.platform === "win32" ? "" : ps("-o", "tty=,comm=", "-p", String(pid)).trim();
  const [, tty = "", program = ""] = /^(\S+)\s+(?:.*\/)?-?(.+)$/.exec(listed) ?? [];
  return {
    pid,
    program: program || undefined,
    terminal: /^[a-z][\w/]*$/.test(tty) ? `/dev/${tty}` : undefined,
    folder: undefined,
  };
}

/** The caller's name for a person's eyes. Undefined where the system does not tell. */
export function callerName(): string | undefined {
  if (process.platform === "win32") return undefined;
  const lookup = process.platform === "linux" ? byProc : byPs;
  try {
    const pid = nearestCaller(lookup);
    return pid > 1 ? nameOf(pid, lookup) || undefined : undefined;
  } catch {
    return undefined;
  }
}

/** Paths of programs on macOS hold blanks, by which `ps` also joins the words. */
const byPs: ProcessLookup = {
  programOf: (pid) => {
    const file = ps("-o", "comm=", "-p", String(pid)).trim();
    const line = ps("-o", "args=", "-p", String(pid)).trim();
    const words = line.startsWith(file) ? line.slice(file.length) : line.replace(/^\S+/, "");
    return { program: basename(file).replace(/^-/, ""), first: words.trim().split(/\s+/)[0] ?? "" };
  },
  parentOf: (pid) => Number(ps("-o", "ppid=", "-p", String(pid))),
};

/** The environment that a process was started with. */
export interface Started {
  readonly pid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * What a process and those that it descends from were started with, the nearest first: as far as Linux tells, which is for
 * processes of this user. None elsewhere.
 */
export function startedWith(pid = parentPid()): Started[] {
  const found: Started[] = [];
  if (process.platform !== "linux") return found;
  try {
    for (let each = pid; each > 1; each = procStat(each).parent) {
      const environment = environmentOf(each);
      if (environment !== undefined) found.push({ pid: each, environment });
    }
  } catch {
    // It has ended.
  }
  return found;
}

function environmentOf(pid: number): Started["environment"] | undefined {
  try {
    const lines = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  } catch {
    return undefined;
  }
}
