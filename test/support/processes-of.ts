import { readFileSync } from "node:fs";
import type { Home } from "./home.ts";
import { processes } from "./pty.ts";

/**
 * The processes of one home, by its path in their words or their environment: other tests run the same programs at the
 * same time.
 */
export function processesOf({ path }: Home): ReturnType<typeof processes> {
  return processes().filter(
    ({ pid, command }) => command.includes(path) || environmentOf(pid).includes(path),
  );
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
