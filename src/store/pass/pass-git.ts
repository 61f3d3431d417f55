import { dirname } from "node:path";
import { childEnvironment } from "../../system/children/child-environment.ts";
import { runChild } from "../../system/children/run-child.ts";
import type { Clock } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { printable } from "../../system/printable.ts";
import { type PassPlace, pathOfEntry } from "./pass-place.ts";

export interface CommitOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Milliseconds for each call of git; hooks may do much. */
  readonly timeLimit: number;
}

/** Variables that would lead git to another repository; pass removes them as well. */
const elsewhere = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_NAMESPACE",
  "GIT_INDEX_FILE",
  "GIT_INDEX_VERSION",
  "GIT_OBJECT_DIRECTORY",
  "GIT_COMMON_DIR",
];

/** The lock of another git on the repository; its path is the same in every language of git's words. */
const indexIsLocked = /index\.lock'/;
/** Milliseconds to wait for its end: it takes moments, or never comes, because a git that was killed leaves it. */
const indexLockTimeoutMs = 10_000;
/** Milliseconds after which git is tried again, about. */
const breathMs = 100;

/**
 * Puts an entry into the git history of the password store as `pass insert` does, where there is one. Not by pass
 * itself, which would commit the name that the entry had while it was written.
 *
 * @returns what went wrong, in git's words; undefined on success
 */
export async function commitEntry(
  place: PassPlace,
  entry: string,
  { environment, clock, timeLimit }: CommitOptions,
): Promise<string | undefined> {
  const path = pathOfEntry(place, entry);
  const kept = Object.entries(childEnvironment(environment)).filter(([name]) => !elsewhere.includes(name));
  const env = { ...Object.fromEntries(kept), GIT_CEILING_DIRECTORIES: dirname(place.store) };
  const git = (...words: string[]) =>
    runChild({
      program: "git",
      words: ["-C", dirname(path), ...words],
      environment: env,
      timeLimit,
      outputLimit: 1024 * 1024,
      complaintLimit: 4096,
    });
  const said = async (...words: string[]): Promise<string | undefined> => {
    const result = await git(...words);
    return result.kind === "exited" && result.status === 0 ? result.output.trim() : undefined;
  };
  const lockedUntil = clock.monotonic() + Math.min(indexLockTimeoutMs, timeLimit);
  const failed = async (...words: string[]): Promise<string | undefined> => {
    for (;;) {
      const result = await git(...words);
      if (result.kind !== "exited") return `git ${words[0]} did not end by itself`;
      if (result.status === 0) return undefined;
      const lines = result.complaint.trim().split("\n");
      const locked = lines.find((line) => indexIsLocked.test(line));
      if (locked === undefined || clock.monotonic() >= lockedUntil) {
        const line = (locked ?? lines.at(-1)) || `exit status ${result.status}`;
        return printable(line).slice(0, 300);
      }
      await clock.sleep(breathMs * (0.5 + Math.random()));
    }
  };

  if ((await said("rev-parse", "--is-inside-work-tree")) !== "true") return undefined;
  const problem = await failed("add", "--", path);
  if (problem !== undefined) return problem;
  if ((await said("status", "--porcelain", "--", path)) === "") return undefined;
  const signed = (await said("config", "--bool", "--get", "pass.signcommits")) === "true" ? ["-S"] : [];
  return await failed("commit", "--quiet", ...signed, "-m", `Add ${entry} by aws-as.`, "--", path);
}
