import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const sources = resolve(import.meta.dirname, "../../../../test/support/clients/programs");
const built = resolve(import.meta.dirname, "../../../clients");
/** Where Debian puts Go's libraries. */
const libraries = "/usr/share/gocode";

/** What is missing to compile for this version of the Go SDK, as Debian's package; undefined when it can be done. */
export function missingForGo(version: "v1" | "v2"): string | undefined {
  const [folder, library] = {
    v1: ["aws-sdk-go/aws", "golang-github-aws-aws-sdk-go-dev"],
    v2: ["aws-sdk-go-v2/config", "golang-github-aws-aws-sdk-go-v2-dev"],
  }[version] as [string, string];
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
  } catch {
    return "golang-go";
  }
  return existsSync(join(libraries, "src/github.com/aws", folder)) ? undefined : library;
}

/**
 * The path of the compiled program. It is kept below `build/`, and made anew when the source or the SDK has changed, which
 * Go sees by itself. Test files that run side by side wait for one another: the first pays some ten seconds, once.
 */
export function goProgram(version: "v1" | "v2"): string {
  mkdirSync(built, { recursive: true });
  const target = join(built, `go-${version}`);
  const source = join(sources, `go-${version}`);
  const command = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", target, "."];
  execFileSync("flock", [join(built, "lock"), ...command], {
    cwd: source,
    env: {
      PATH: process.env["PATH"],
      HOME: built,
      GOCACHE: join(built, "go-cache"),
      GOPATH: libraries,
      // The libraries lie in a folder of the old kind, and nothing may be fetched.
      GO111MODULE: "off",
      // No C compiler is needed, and the program runs anywhere.
      CGO_ENABLED: "0",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return target;
}
