import type { AccessKey } from "../aws/aws.ts";
import { ItemDamaged, type SecretStore, storeKinds, storeNames } from "../store/secret-store.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import type { ItemName } from "./item.ts";
import type { KeyRoot } from "./plan.ts";

/** A long-term key as it is stored. */
export interface LongTermKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

const prefix = "long-term key ";

/** The name of a key in the store: its id, which is no secret and is what the configuration names. */
export function longTermKeyItem(accessKeyId: string, profile: string): ItemName {
  return {
    name: `${prefix}${accessKeyId}`,
    label: `long-term key of user ${profile} (…${accessKeyId.slice(-4)})`,
  };
}

/** The id of the key that an item of the store holds; undefined for sessions. */
export function keyIdOfItem(name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** The JSON document of a key, version 1. */
export function printLongTermKey({ accessKeyId, secretAccessKey }: LongTermKey): string {
  return JSON.stringify({ version: 1, accessKeyId, secretAccessKey: secretAccessKey.reveal() });
}

/** Reads a document; undefined for one that is incomplete or of another version. */
export function parseLongTermKey(text: string): LongTermKey | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, accessKeyId, secretAccessKey } = (raw ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof accessKeyId !== "string" || typeof secretAccessKey !== "string")
    return undefined;
  if (accessKeyId === "" || secretAccessKey === "") return undefined;
  return { accessKeyId, secretAccessKey: new Secret(secretAccessKey) };
}

/**
 * The key at a root, with its secret from the store where it is there. Called only when AWS has to be asked: a cache hit
 * never touches a long-term key.
 *
 * @throws UserError when the store does not have it, or cannot open it
 */
export async function openKey(root: KeyRoot, store: SecretStore): Promise<AccessKey> {
  if (root.kind === "static-keys") {
    const { accessKeyId, secretAccessKey, sessionToken } = root;
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  }
  const { accessKeyId, profile, position } = root;
  const what = `the long-term key of "${profile}" (…${accessKeyId.slice(-4)}, ${position.file}:${position.line})`;
  const hints = [
    "where secrets are stored here: aws-as store status",
    `put the key back: aws-as keys add ${profile}`,
  ];
  let text: string | undefined;
  try {
    text = await store.read(longTermKeyItem(accessKeyId, profile).name);
  } catch (error) {
    if (!(error instanceof ItemDamaged)) throw error;
    // The store's hints first: the item may be repairable, and may exist nowhere else.
    throw new UserError(`${what} cannot be opened: ${error.message}`, {
      hints: [...error.hints, ...hints],
      cause: error,
    });
  }
  const key = text === undefined ? undefined : parseLongTermKey(text);
  if (key === undefined || key.accessKeyId !== accessKeyId) {
    const reason =
      text === undefined
        ? `is not in the ${storeNames[store.kind]}`
        : "was stored by another version of aws-as";
    const others = storeKinds.filter((kind) => kind !== store.kind).map((kind) => `AWS_AS_STORE=${kind}`);
    const elsewhere = `if it is in another store, name that one: ${others.join(" or ")}`;
    throw new UserError(`${what} ${reason}`, { hints: text === undefined ? [elsewhere, ...hints] : hints });
  }
  return key;
}
