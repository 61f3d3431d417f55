import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
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
  return { ...faketime(), FAKETIME: `+${span}`, FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
}

let ofFaketime: Readonly<Record<string, string>> | undefined;

/**
 * What loads libfaketime into a program: its library, which lies elsewhere on each system, and a semaphore and shared memory of
 * our own. Those that it makes by itself are named by the process number, are lost with the first subshell of a shell, and
 * left behind by who is killed: a program that gets such a number again ends with status 1, before its first line.
 */
function faketime(): Readonly<Record<string, string>> {
  if (ofFaketime !== undefined) return ofFaketime;
  const name = `aws-as-test-${randomUUID()}`;
  const memory = ["sem.", ""].map((kind) => `/dev/shm/${kind}${name}`);
  const [LD_PRELOAD = ""] = fromFaketime(memory);
  process.once("exit", () => {
    for (const file of memory) rmSync(file, { force: true });
  });
  ofFaketime = { LD_PRELOAD, FAKETIME_SHARED: `/${name} /${name}` };
  return ofFaketime;
}

/** Copies of what its wrapper has made, which knows what a semaphore of this system looks like. */
function fromFaketime(memory: readonly string[], tries = 5): string[] {
  const copy =
    'printenv LD_PRELOAD; unset LD_PRELOAD; set -- $FAKETIME_SHARED "$@"; cp /dev/shm/sem."${1#/}" "$3"; cp /dev/shm/"${2#/}" "$4"';
  try {
    return execFileSync("faketime", ["1m", "sh", "-euc", copy, "sh", ...memory], {
      encoding: "utf8",
      stdio: "pipe",
    }).split("\n");
  } catch (error) {
    // The wrapper refuses, too, where its process number is one that was left behind.
    if (tries === 0) throw error;
    return fromFaketime(memory, tries - 1);
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
  // Programs that run read it at every look at the time: none may find it empty.
  const moveBy = (span: string) => {
    writeFileSync(`${file}.next`, `+${span}\n`);
    renameSync(`${file}.next`, file);
  };
  moveBy("0s");
  return { env: { ...env, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1" }, moveBy };
}
