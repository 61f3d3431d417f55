import type { Change } from "../emit/change.ts";
import type { Environment } from "../system/environment.ts";
import { projectVariables } from "../system/node-environment.ts";

/** What was meant for this program alone: for one run of it, or by the shell functions. */
const forUsAlone = ["AWS_AS_MFA_CODE", "AWS_AS_NEW_PASSPHRASE", "AWS_AS_MEMORY", "AWS_AS_FUNCTIONS"];

/**
 * The environment of a command that is started with these changes. What the shell functions emptied for our own Node.js is
 * left out. Pure.
 */
export function withChanges(env: Environment, changes: readonly Change[]): Record<string, string> {
  const emptied = env["AWS_AS_FUNCTIONS"] === undefined ? [] : projectVariables;
  const unset = new Set([
    ...forUsAlone,
    ...emptied.filter((name) => env[name] === ""),
    ...changes.flatMap(({ kind, name }) => (kind === "unset" ? [name] : [])),
  ]);
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !unset.has(entry[0]),
  );
  const set = changes.flatMap((change) => (change.kind === "set" ? [[change.name, change.value]] : []));
  return Object.fromEntries([...kept, ...set]);
}
