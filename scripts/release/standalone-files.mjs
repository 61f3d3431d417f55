// What goes with the stand-alone program: the manual, completions, licences.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const licences = `aws-as
${readFileSync("LICENSE", "utf8")}
${"-".repeat(80)}

Bun, which the program holds (https://bun.com)

MIT. It links JavaScriptCore and WebCore of WebKit (LGPL-2) and tinycc (LGPL-2.1) statically, among other libraries. All of them with their
licences, and how to link Bun with another JavaScriptCore: https://github.com/oven-sh/bun/blob/main/LICENSE.md

${"-".repeat(80)}

${readFileSync("dist/THIRD-PARTY-LICENSES.txt", "utf8")}`;

/** By their names in an archive. */
export function standaloneFiles(program) {
  // By the package, which says the same: the program may be another system's.
  const completion = (shell) =>
    execFileSync(process.execPath, ["dist/aws-as.cjs", "completion", shell], { encoding: "utf8", env: {} });
  return {
    "aws-as": { from: program, mode: 0o755 },
    "aws-as.1": { from: "dist/aws-as.1" },
    "completions/aws-as.bash": { text: completion("bash") },
    "completions/_aws-as": { text: completion("zsh") },
    "completions/aws-as.fish": { text: completion("fish") },
    "LICENSES.txt": { text: licences },
    "README.md": { from: "README.md" },
    "CHANGELOG.md": { from: "CHANGELOG.md" },
  };
}
