import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** The shells that `AWS_AS_TEST_NAME=/path/of/one` puts through the tests in place of those on the PATH. */
const shells = [
  ...["bash", "zsh", "fish", "tcsh", "bsd-csh", "elvish", "xonsh"],
  ...["dash", "busybox", "ksh", "mksh", "yash", "posh"],
];

/** What a shell is told by, such as AWS_AS_TEST_BSD_CSH. */
const given = (shell: string) => process.env[`AWS_AS_TEST_${shell.toUpperCase().replace("-", "_")}`];

if (shells.some(given)) {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-shells-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  for (const shell of shells) {
    const path = given(shell);
    if (path !== undefined) symlinkSync(path, join(folder, shell));
  }
  process.env["PATH"] = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
}

/**
 * True when the program is on this machine. In test/all.sh a missing one is a failure, but for those that it could not
 * install (AWS_AS_TEST_LACKS); elsewhere the test is skipped and says so.
 */
export function installed(program: string, context: Pick<TestContext, "skip">): boolean {
  if (spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0) return true;
  const isLacking = process.env["AWS_AS_TEST_LACKS"]?.split(" ").includes(program);
  if (process.env["AWS_AS_TEST_ALL"] === "1" && !isLacking)
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
