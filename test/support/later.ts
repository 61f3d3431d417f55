import { execFileSync } from "node:child_process";
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
  // faketime's own answer: the library lies elsewhere on each system.
  const LD_PRELOAD = execFileSync("faketime", ["1m", "printenv", "LD_PRELOAD"], {
    encoding: "utf8",
  }).trim();
  return { LD_PRELOAD, FAKETIME: `+${span}`, FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
}
