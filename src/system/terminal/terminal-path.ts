import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { procStat } from "../proc-stat.ts";

/**
 * The path of the controlling terminal (`/dev/pts/3`), which a program outside our session can open, as it cannot
 * /dev/tty. Undefined where there is none, or where its device is not in this mount namespace.
 */
export function terminalPath(): string | undefined {
  try {
    if (process.platform === "linux") return pathByNumber(procStat("self").terminal);
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

function pathByNumber(number: number): string | undefined {
  if (number === 0) return undefined;
  // The kernel's encoding of a device: minor in bits 0 to 7 and 20 to 31, major between them.
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  const candidates = [`/dev/pts/${minor}`, `/dev/tty${minor}`, `/dev/ttyS${minor - 64}`, "/dev/console"];
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.rdev === number);
}
