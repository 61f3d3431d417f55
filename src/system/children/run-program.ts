import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../environment.ts";
import { type CommandResult, type OutcomeOptions, outcomeOf } from "./child-outcome.ts";

export interface ProgramOptions extends OutcomeOptions {
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Text for standard input; absent: nothing to read. */
  readonly input?: string;
  /** Does not end standard input behind the text: some programs take its end for a wish to stop. */
  readonly inputStaysOpen?: boolean;
}

/**
 * Runs a program that is found on the PATH, with words as they are. It leads a session of its own, so that it cannot
 * read our terminal or stop our job, and can be ended with all that it started. Never rejects.
 */
export async function runProgram(
  program: string,
  words: readonly string[],
  options: ProgramOptions,
): Promise<CommandResult> {
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: options.environment,
    });
  } catch (error) {
    return { kind: "not-started", because: error instanceof Error ? error.message : String(error) };
  }
  // A program that ends early breaks the pipe; its exit status tells more.
  child.stdin?.on("error", () => undefined);
  if (options.inputStaysOpen) child.stdin?.write(options.input ?? "");
  else child.stdin?.end(options.input);
  return await outcomeOf(child, options);
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
