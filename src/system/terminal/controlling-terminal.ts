import { statSync } from "node:fs";
import { controllingTerminal, procStat } from "../proc-stat.ts";
import { ps } from "../ps.ts";

/**
 * Whether our process group is the one that the controlling terminal listens to. Reading the terminal from
 * any other group stops the whole job (SIGTTIN), the caller included.
 *
 * Node has no tcgetpgrp: Linux has a file for it, elsewhere `ps` prints it. When neither answers, the result is false:
 * asking no question is safe.
 */
export function inForeground(): boolean {
  try {
    if (process.platform === "linux") {
      const { group, foregroundGroup } = procStat("self");
      return group === foregroundGroup;
    }
    return foregroundByPs(ps("-o", "pgid=,tpgid=", "-p", String(process.pid)));
  } catch {
    return false;
  }
}

/** Decides by what `ps -o pgid=,tpgid=` prints: two numbers, the second 0 or -1 without a terminal. */
export function foregroundByPs(output: string): boolean {
  const [group, foreground] = output.trim().split(/\s+/);
  return group !== undefined && group !== "" && group === foreground;
}

/**
 * The path of the controlling terminal (`/dev/pts/3`), which a program outside our session can open, as it cannot
 * /dev/tty. Undefined where there is none, or where its device is not in this mount namespace.
 */
export function terminalPath(): string | undefined {
  try {
    if (process.platform === "linux") return pathByNumber(procStat("self").terminal);
    const name = ps("-o", "tty=", "-p", String(process.pid)).trim();
    return /^[a-z][\w/]*$/.test(name) ? `/dev/${name}` : undefined;
  } catch {
    return undefined;
  }
}

/** A process that is stopped, as by Ctrl-Z, and where it was started. */
export interface Stopped {
  /** Undefined: it has none, or its name is not known here. */
  readonly terminal: string | undefined;
  /** It is the terminal of this process too. */
  readonly isHere: boolean;
}

/** Undefined for a process that runs, has ended or cannot be looked at. */
export function stoppedProcess(pid: number): Stopped | undefined {
  try {
    if (process.platform === "linux") {
      const { state, terminal } = procStat(pid);
      if (state !== "T") return undefined;
      return {
        terminal: pathByNumber(terminal),
        isHere: terminal !== 0 && terminal === procStat("self").terminal,
      };
    }
    const [state = "", name = ""] = ps("-o", "stat=,tty=", "-p", String(pid)).trim().split(/\s+/);
    if (!state.startsWith("T")) return undefined;
    const terminal = /^[a-z][\w/]*$/.test(name) ? `/dev/${name}` : undefined;
    return { terminal, isHere: terminal !== undefined && terminal === terminalPath() };
  } catch {
    return undefined;
  }
}

/**
 * Names the session of our terminal: a terminal that is opened later has another, also on the same device. Empty where there
 * is none, or where the system does not tell.
 */
export function terminalSession(): string {
  try {
    if (process.platform === "linux") {
      const { terminal, session } = procStat("self");
      return terminal === 0 ? "" : `${terminal} ${session} ${procStat(session).startedAt}`;
    }
    const path = terminalPath();
    return path === undefined ? "" : sessionByPs(ps("-t", path, "-o", "stat=,pid=,lstart="));
  } catch {
    return "";
  }
}

/** Decides by the processes of a terminal; the `s` in a state stands for who leads a session. */
export function sessionByPs(output: string): string {
  const [, leader = ""] = /^\s*[^\ss]\S*s\S*\s+(.*\S)\s*$/m.exec(output) ?? [];
  return leader.replace(/\s+/g, " ");
}

/** A name for the controlling terminal that is fit for a file's name, on every system. */
export function terminalName(): string {
  const name = controllingTerminal() || terminalPath()?.replace(/^\/dev\//, "") || "console";
  return name.replaceAll("/", "-");
}

/** The path of the terminal with this device number; undefined for 0, and where it is not in this mount namespace. */
export function pathByNumber(number: number): string | undefined {
  if (number === 0) return undefined;
  // The kernel's encoding of a device: minor in bits 0 to 7 and 20 to 31, major between them.
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  const candidates = [`/dev/pts/${minor}`, `/dev/tty${minor}`, `/dev/ttyS${minor - 64}`, "/dev/console"];
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.rdev === number);
}
