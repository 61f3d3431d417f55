import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Environment } from "../environment.ts";
import { procStat } from "../proc-stat.ts";

/** What started this process: the program's file name, where the system tells it, and its words, its own name first. */
export interface ParentProgram {
  readonly file?: string;
  readonly words: readonly string[];
  /** Of Windows: the shell that has left its signs in the environment, which counts where the parent is none. */
  readonly within?: string;
}

/** The parent process; undefined where the system does not tell. Linux tells by /proc, others by `ps` or `tasklist`. */
export async function parentProgram(platform: NodeJS.Platform): Promise<ParentProgram | undefined> {
  if (platform === "win32") return parentByTasklist();
  return platform === "linux" ? parentOnLinux() : parentByPs();
}

/** The number of the process that started this one. */
export function parentPid(): number {
  return process.ppid;
}

/** The parent process as /proc tells it; undefined where there is no /proc. */
export function parentOnLinux(): ParentProgram | undefined {
  const folder = `/proc/${process.ppid}`;
  try {
    const words = readFileSync(`${folder}/cmdline`, "utf8").split("\0").slice(0, -1);
    return { file: basename(readlinkSync(`${folder}/exe`)), words };
  } catch {
    return undefined;
  }
}

/**
 * The process that wants something of us: the nearest ancestor that is no `sh -c`, as most clients start their
 * credential_process by one. Asked every second, so that only Linux tells it.
 */
export function callerPid(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return nearestCaller(byProc);
  } catch {
    return undefined;
  }
}

/** Programs that run the file that is their first word. */
const interpreters = /^(python|ruby|node|perl|php|java)[\d.]*$/;

/** The name of a process: its script, where it is an interpreter. Throws where the system does not tell. */
export function nameOf(pid: number, { programOf } = byProc): string {
  const { program, first } = programOf(pid);
  return interpreters.test(program) && first !== "" && !first.startsWith("-") ? basename(first) : program;
}

interface Running {
  readonly program: string;
  /** Its first word. */
  readonly first: string;
}

/** How a system tells of its processes. Both throw where there is none. */
export interface ProcessLookup {
  programOf(pid: number): Running;
  parentOf(pid: number): number;
}

export const byProc: ProcessLookup = {
  programOf: (pid) => {
    const [name = "", first = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return { program: basename(name).replace(/^-/, ""), first };
  },
  parentOf: (pid) => procStat(pid).parent,
};

/** The nearest ancestor that is no `sh -c`. */
export function nearestCaller({ programOf, parentOf }: ProcessLookup): number {
  let pid = process.ppid;
  for (let steps = 0; pid > 1 && steps < 5 && isShellForUs(programOf(pid)); steps += 1) pid = parentOf(pid);
  return pid;
}

/** A shell that somebody started to run one command line. */
function isShellForUs({ program, first }: Running): boolean {
  return /^(?:ba|da|z|k|a)?sh$/.test(program) && first === "-c";
}

/** It takes a tenth of a second. */
async function parentByTasklist(): Promise<ParentProgram> {
  const { spawnSync } = await import("node:child_process");
  const words = ["/fi", `pid eq ${process.ppid}`, "/fo", "csv", "/nh"];
  const { stdout } = spawnSync("tasklist", words, { encoding: "utf8", timeout: 3000, windowsHide: true });
  return parentOnWindows(stdout ?? "", process.env);
}

/**
 * The parent by what `tasklist` lists as CSV, which is a remark where the process has ended, and the shell around it: Git's
 * bash names its system, and PowerShell puts the user's own folder of modules before those of the machine. Pure.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_psmodulepath
 */
export function parentOnWindows(listing: string, env: Environment): ParentProgram {
  const name = /^"([^"]+)","\d+"/.exec(listing.trim())?.[1];
  const own = env["USERPROFILE"]?.toLowerCase();
  const modules = env["PSModulePath"]?.toLowerCase().split(";") ?? [];
  const isPowerShell = own !== undefined && modules.some((folder) => folder.startsWith(`${own}\\`));
  const within = env["MSYSTEM"] ? "sh" : isPowerShell ? "powershell" : "cmd";
  return { words: name === undefined ? [] : [name], within };
}

/** `ps` joins the words by blanks; the first is what matters, but for interpreters. */
async function parentByPs(): Promise<ParentProgram | undefined> {
  // child_process takes milliseconds to load.
  const { ps } = await import("../ps.ts");
  const listing = ps("-o", "args=", "-p", String(process.ppid)).trim();
  return listing === "" ? undefined : { words: listing.split(/\s+/) };
}
