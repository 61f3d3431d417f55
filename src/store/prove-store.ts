import { randomBytes } from "node:crypto";
import { UserError } from "../system/user-error.ts";
import { type SecretStore, type StoredItem, storeNames } from "./secret-store.ts";

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
  const { item, value } = probe(now);
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

/**
 * Writes and removes such an item: before a person gives a code for a session that could not be kept. It is not read
 * back, which some keychains ask about.
 *
 * @throws UserError with the way out
 */
export async function proveWritable(store: SecretStore, now: number): Promise<void> {
  // KeePassXC, as it comes, asks about each removal; a keychain that holds items of aws-as keeps sessions.
  if (store.kind === "keychain" && (await store.list()).some(({ name }) => !isProbe(name))) return;
  const { item, value } = probe(now);
  try {
    await store.write(item, value);
    await store.remove(item.name);
  } catch (error) {
    if (!(error instanceof UserError) || error.hints.length > 0) throw error;
    throw new UserError(error.message, {
      hints: [
        "no session could be kept, so no MFA code was used; see what is wrong: aws-as store status",
        ...(isOfSystem(error.cause) ? [elsewhere] : []),
      ],
      exitCode: error.exitCode,
      cause: error,
    });
  }
}

const elsewhere = "to keep sessions in another folder, set AWS_AS_DIR to one that you can write to";

/** A full disk, a folder that is read-only, and the like. */
function isOfSystem(cause: unknown): boolean {
  return typeof (cause as NodeJS.ErrnoException | undefined)?.code === "string";
}

function probe(now: number): { item: StoredItem; value: string } {
  const item = {
    name: `${prefix} store`,
    label: "probe of aws-as store, to be removed",
    expiresAt: now + 60_000,
  };
  return { item, value: JSON.stringify({ version: 1, probe: randomBytes(16).toString("hex") }) };
}
