import { randomBytes } from "node:crypto";
import { UserError } from "../system/user-error.ts";
import { type SecretStore, storeNames } from "./secret-store.ts";

const prefix = "probe of aws-as";

/** True for an item that was written to see whether a store works: no secret, and left only by a run that was killed. */
export function isProbe(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * Writes, reads back and removes an item that is no secret.
 *
 * @param now milliseconds since 1970; what a killed run leaves ends a minute later
 * @throws UserError when the store does not do as it should
 */
export async function proveStore(store: SecretStore, now: number): Promise<void> {
  const item = {
    name: `${prefix} store`,
    label: "probe of aws-as store, to be removed",
    expiresAt: now + 60_000,
  };
  const value = JSON.stringify({ version: 1, probe: randomBytes(16).toString("hex") });
  await store.write(item, value);
  const back = await store.read(item.name);
  await store.remove(item.name);
  const left = await store.read(item.name);
  if (back === value && left === undefined) return;
  const what = back === value ? "kept what was removed from it" : "did not give back what was written to it";
  throw new UserError(`the ${storeNames[store.kind]} ${what}; nothing was changed`, {
    hints: ["see what is wrong: aws-as store status"],
  });
}
