// When the sources are of, as reproducible builds want it: https://reproducible-builds.org/specs/source-date-epoch/
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";

/** Seconds since 1970: SOURCE_DATE_EPOCH, else of the last commit, else, in an unpacked archive, of package.json. */
export function sourceDate() {
  const given = process.env["SOURCE_DATE_EPOCH"];
  if (given) return Number(given);
  try {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return Number(execFileSync("git", ["log", "-1", "--format=%ct"], options));
  } catch {
    return Math.trunc(statSync("package.json").mtimeMs / 1000);
  }
}
