import { basename } from "node:path";
import { ps } from "../ps.ts";
import { byProc, nearestCaller, type ProcessLookup } from "./parent-program.ts";

/** Programs that run the file that is their first word. */
const interpreters = /^(python|ruby|node|perl|php|java)[\d.]*$/;

/** The caller's name for a person's eyes: its script, where it is an interpreter. Undefined where the system does not tell. */
export function callerName(): string | undefined {
  if (process.platform === "win32") return undefined;
  try {
    const lookup = process.platform === "linux" ? byProc : byPs;
    const pid = nearestCaller(lookup);
    if (pid <= 1) return undefined;
    const { program, first } = lookup.programOf(pid);
    const name =
      interpreters.test(program) && first !== "" && !first.startsWith("-") ? basename(first) : program;
    return name || undefined;
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
