import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { installed } from "./installed.ts";

/**
 * Variables under which a program, its children included, sees a later time on its wall clock; timers run as always.
 * Undefined, with the test skipped, where faketime is not installed.
 *
 * @param span as faketime writes it: `16m`, `13h`
 */
export function laterBy(
  span: string,
  context: Pick<TestContext, "skip">,
): Record<string, string> | undefined {
  if (!installed("faketime", context)) return undefined;
  const LD_PRELOAD = libraryOfFaketime();
  return { LD_PRELOAD, FAKETIME: `+${span}`, FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
}

/** faketime's own answer: the library lies elsewhere on each system. */
function libraryOfFaketime(tries = 5): string {
  try {
    return execFileSync("faketime", ["1m", "printenv", "LD_PRELOAD"], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  } catch (error) {
    // It names a semaphore by its process number, and a killed one of the same number has left its own behind.
    if (tries === 0) throw error;
    return libraryOfFaketime(tries - 1);
  }
}

/** A wall clock for programs that a test moves while they run; timers run as always. */
export interface ClockOfPrograms {
  /** For the environment of every program that is to go by it. */
  readonly env: Record<string, string>;
  /** From now on it is so much later than it is: `13h`. */
  moveBy(span: string): void;
}

/**
 * Such a clock, which is told by a file. Programs without the C library, as Go makes them, do not see it; what they start
 * does. Undefined, with the test skipped, where faketime is not installed.
 */
export function clockInFile(file: string, context: Pick<TestContext, "skip">): ClockOfPrograms | undefined {
  const later = laterBy("0s", context);
  if (later === undefined) return undefined;
  const { FAKETIME: _, ...env } = later;
  const moveBy = (span: string) => writeFileSync(file, `+${span}\n`);
  moveBy("0s");
  return { env: { ...env, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1" }, moveBy };
}
