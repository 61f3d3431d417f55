import { delimiter } from "node:path";
import type { Environment } from "../environment.ts";

/** Set for every command that aws-as runs on its own account; a program that finds it set was started by aws-as. */
export const guardVariable = "AWS_AS_GUARD";

/**
 * What would let a configured command act as somebody, resolve a profile back to us, or read what was meant
 * for us alone. `AWS_DATA_PATH` is added by aws-cli to its children and breaks other versions of it.
 */
const removed = new Set([
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_DATA_PATH",
  "AWS_AS_PASSPHRASE",
  "AWS_AS_NEW_PASSPHRASE",
  "AWS_AS_MFA_CODE",
  "AWS_AS_MEMORY",
]);

/** The environment for a command that aws-as runs: the caller's, without its credentials and profile, with the guard set. */
export function childEnvironment(environment: Environment): Record<string, string> {
  return { ...withoutCredentials(environment), [guardVariable]: "1" };
}

/**
 * The same for what outlives us, such as a browser: a terminal that is opened from there may start us again. Names count in
 * any case, because Windows does not tell them apart.
 */
export function withoutCredentials(environment: Environment): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !removed.has(entry[0].toUpperCase()),
  );
  const child: Record<string, string> = Object.fromEntries(kept);
  // An empty element means the current folder, whose files may be anybody's.
  if (child["PATH"]) child["PATH"] = child["PATH"].split(delimiter).filter(Boolean).join(delimiter);
  return child;
}
