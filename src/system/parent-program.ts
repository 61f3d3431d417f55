import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** What started this process: the program's file name, where the system tells it, and its words, its own name first. */
export interface ParentProgram {
  readonly file?: string;
  readonly words: readonly string[];
}

/** The parent process; undefined where the system does not tell, as on Windows. Linux tells by /proc, others by `ps`. */
export async function parentProgram(platform: NodeJS.Platform): Promise<ParentProgram | undefined> {
  if (platform === "win32") return undefined;
  return platform === "linux" ? parentOnLinux() : parentByPs();
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

/** `ps` joins the words by blanks; the first is what matters, but for interpreters. */
async function parentByPs(): Promise<ParentProgram | undefined> {
  const { execFileSync } = await import("node:child_process");
  try {
    const listing = execFileSync("ps", ["-o", "args=", "-p", String(process.ppid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 3000,
    });
    return { words: listing.trim().split(/\s+/) };
  } catch {
    return undefined;
  }
}
