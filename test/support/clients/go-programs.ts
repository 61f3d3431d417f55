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
 * The path of the compiled program. It is made anew when the source or the SDK has changed, which Go sees by itself, in
 * the cache that the person's own builds have: the first on a machine takes half a minute of work, one in a new clone
 * nothing. Test files that run side by side wait for one another.
 *
 * No flag makes it portable: for `-trimpath` or without cgo, Go would compile its standard library too.
 */
export function goProgram(version: "v1" | "v2"): string {
  mkdirSync(built, { recursive: true });
  const target = join(built, `go-${version}`);
  const source = join(sources, `go-${version}`);
  const command = ["go", "build", "-ldflags=-w", "-o", target, "."];
  execFileSync("flock", [join(built, "lock"), ...command], {
    cwd: source,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      GOCACHE: process.env["GOCACHE"],
      GOPATH: libraries,
      // The libraries lie in a folder of the old kind, and nothing may be fetched.
      GO111MODULE: "off",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return target;
}
