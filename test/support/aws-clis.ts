import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type Home, program } from "./home.ts";
import { programsOnPath } from "./installed.ts";

const notes = resolve(import.meta.dirname, "../../aws-clis");

/** An aws-cli on this machine. */
export interface AwsCli {
  readonly path: string;
  /** Such as `aws-cli/2.9.19`. */
  readonly version: string;
  /** False: it has to be told its endpoint by an option. */
  readonly knowsEndpointUrl: boolean;
}

/** Every aws-cli on the PATH: machines of developers often have version 1 and version 2. */
export function awsClis(): AwsCli[] {
  return programsOnPath("aws").map((path) => {
    const version = versionOf(path);
    const [major = 0, minor = 0] = (/aws-cli\/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    return { path, version, knowsEndpointUrl: major === 1 ? minor >= 29 : minor >= 13 };
  });
}

/** Asked once for each program: it takes aws-cli a second of work, and many test files want to know. */
function versionOf(aws: string): string {
  const real = realpathSync(aws);
  const { mtimeMs, size } = statSync(real);
  const noted = join(notes, `${real} ${mtimeMs} ${size}`.replaceAll(/[^\w.]+/g, "-"));
  if (existsSync(noted)) return readFileSync(noted, "utf8");
  const version = execFileSync(aws, ["--version"], { encoding: "utf8" }).split(" ")[0] ?? "";
  mkdirSync(notes, { recursive: true });
  // Whole at once: test files run side by side.
  writeFileSync(`${noted}.${process.pid}`, version);
  renameSync(`${noted}.${process.pid}`, noted);
  return version;
}

/** For `{ skip: withoutAwsCli() }`; in test/all.sh a machine without any is a failure. */
export function withoutAwsCli(): string | false {
  if (awsClis().length > 0) return false;
  const reason = "NOT TESTED: no aws-cli (Debian: apt install awscli)";
  if (process.env["AWS_AS_TEST_ALL"] === "1") throw new Error(reason);
  return reason;
}

/**
 * Puts `aws-as` (a link, as npm makes it) and `aws` (this one, which finds the fake) into the home's `bin`, and answers
 * the environment in which both are found by name.
 */
export function commandsIn(home: Home, aws?: AwsCli): Record<string, string> {
  const bin = join(home.path, "bin");
  mkdirSync(bin);
  symlinkSync(program, join(bin, "aws-as"));
  if (aws !== undefined) {
    const option = aws.knowsEndpointUrl ? "" : ` --endpoint-url "$AWS_ENDPOINT_URL"`;
    const script = `#!/bin/sh\nexec ${aws.path}${option} "$@"\n`;
    writeFileSync(join(bin, "aws"), script, { mode: 0o755 });
  }
  return {
    ...home.env,
    AWS_PAGER: "",
    AWS_MAX_ATTEMPTS: "1",
    PATH: `${bin}${delimiter}${home.env["PATH"]}`,
  };
}
