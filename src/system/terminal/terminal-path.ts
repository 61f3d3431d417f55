import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { terminalNumberByStat } from "./foreground.ts";

/**
 * The path of the controlling terminal (`/dev/pts/3`), which a program outside our session can open, as it cannot
 * /dev/tty. Undefined where there is none, or where its device is not in this mount namespace.
 */
export function terminalPath(): string | undefined {
  try {
    if (process.platform === "linux") return pathByNumber(readFileSync("/proc/self/stat", "utf8"));
    const ps = spawnSync("ps", ["-o", "tty=", "-p", String(process.pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 3000,
    });
    const name = (ps.stdout ?? "").trim();
    return /^[a-z][\w/]*$/.test(name) ? `/dev/${name}` : undefined;
  } catch {
    return undefined;
  }
}

function pathByNumber(stat: string): string | undefined {
  const number = terminalNumberByStat(stat);
  if (number === undefined) return undefined;
  // The kernel's encoding of a device: minor in bits 0 to 7 and 20 to 31, major between them.
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  const candidates = [`/dev/pts/${minor}`, `/dev/tty${minor}`, `/dev/ttyS${minor - 64}`, "/dev/console"];
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.rdev === number);
}
