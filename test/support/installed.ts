import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

/**
 * True when the program is on this machine. In test/all.sh a missing one is a failure; elsewhere the test is skipped
 * and says so.
 */
export function installed(program: string, context: Pick<TestContext, "skip">): boolean {
  if (spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0) return true;
  if (process.env["AWS_AS_TEST_ALL"] === "1")
    throw new Error(`${program} is not installed; test/all.sh installs it`);
  context.skip(`${program.toUpperCase()} IS NOT INSTALLED`);
  return false;
}
