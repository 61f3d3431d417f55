import {
  type LongTermKey,
  longTermKeyItem,
  parseLongTermKey,
  printLongTermKey,
} from "../../session/long-term-key.ts";
import { type SecretStore, storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";

/** What is known of a key besides itself. */
export interface AboutKey {
  readonly profile: string;
  /** Milliseconds since 1970. */
  readonly createdAt?: number;
  readonly addedAt: number;
}

/** Puts a key into the store and reads it back: the only copy may be about to go. */
export async function keepKey(key: LongTermKey, about: AboutKey, store: SecretStore): Promise<void> {
  const { profile, createdAt, addedAt } = about;
  const item = longTermKeyItem(key.accessKeyId, profile);
  await store.write(
    { ...item, ...(createdAt === undefined ? {} : { createdAt }), addedAt },
    printLongTermKey(key),
  );
  const text = await store.read(item.name);
  const back = text === undefined ? undefined : parseLongTermKey(text);
  const same =
    back?.accessKeyId === key.accessKeyId && back.secretAccessKey.reveal() === key.secretAccessKey.reveal();
  if (same) return;
  throw new UserError(
    `the ${storeNames[store.kind]} did not give back the key of "${profile}" that was written to it`,
    {
      hints: ["nothing else was changed; see what is wrong: aws-as store status"],
    },
  );
}
