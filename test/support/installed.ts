import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
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

/**
 * Every program of this name on the PATH, each once: machines of developers often have several. A shim of pyenv stands
 * for what it starts: it takes longer than that, and looks for its root in HOME, which tests change.
 */
export function programsOnPath(name: string): string[] {
  const paths = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => (path.includes("/shims/") ? behindShim(path) : path));
  // Of several paths to one program the first.
  const distinct = new Map(paths.map((path) => [realpathSync(path), path]).reverse() as [string, string][]);
  return [...distinct.values()].reverse();
}

function behindShim(path: string): string[] {
  const pyenv = join(dirname(path), "..", "bin", "pyenv");
  const run = spawnSync(pyenv, ["which", basename(path)], { encoding: "utf8" });
  return run.status === 0 ? [run.stdout.trim()] : [];
}
