import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../environment.ts";
import { type ChildResult, type ChildSpec, runChild } from "./run-child.ts";

/** Runs a program that is found on the PATH, in a session of its own. Never rejects. */
export function runProgram(
  program: string,
  words: readonly string[],
  options: Omit<ChildSpec, "program" | "words">,
): Promise<ChildResult> {
  return runChild({ program, words, ...options });
}

/** Whether a program of this name would be found. */
export function isOnPath(program: string, environment: Environment): boolean {
  return placesOnPath(program, environment).length > 0;
}

/** The programs of this name on the PATH, the one that is found first. */
export function placesOnPath(program: string, environment: Environment): string[] {
  const folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter);
  return folders
    .map((folder) => join(folder || ".", program))
    .filter((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** As Ctrl-C would, for a process that is not in our group; one that is gone is no error. */
export function interrupt(pid: number): void {
  // 0, 1 and negative numbers mean groups, init and everybody.
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // Ended at this moment, or not ours to end.
  }
}
