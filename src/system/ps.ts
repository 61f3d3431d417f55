import { spawnSync } from "node:child_process";

/** What `ps` prints, on systems without /proc. Takes some milliseconds; empty where it fails. */
export function ps(...words: string[]): string {
  const stdio: ("ignore" | "pipe")[] = ["ignore", "pipe", "ignore"];
  return spawnSync("ps", words, { encoding: "utf8", stdio, timeout: 3000 }).stdout ?? "";
}
