import type { KeychainOptions } from "../../src/store/keychain/keychain.ts";
import type { SecretStore, StoredItem } from "../../src/store/secret-store.ts";
import { UserError } from "../../src/system/user-error.ts";

export type KeyringStep =
  | readonly ["read", string]
  | readonly ["write", StoredItem, string]
  | readonly ["remove", string]
  | readonly ["list"];

/** What can be said of a keychain store in JSON. */
export type KeyringOptions = Partial<Omit<KeychainOptions, "clock">>;

export interface KeyringOutcome {
  readonly value?: unknown;
  readonly error?: { readonly kind?: string; readonly message: string; readonly hints?: readonly string[] };
}

/** Does one step after the other, whatever becomes of them. */
export async function carryOut(store: SecretStore, steps: readonly KeyringStep[]): Promise<KeyringOutcome[]> {
  const perform = (step: KeyringStep): Promise<unknown> => {
    if (step[0] === "read") return store.read(step[1]);
    if (step[0] === "write") return store.write(step[1], step[2]);
    return step[0] === "remove" ? store.remove(step[1]) : store.list();
  };
  const outcomes: KeyringOutcome[] = [];
  for (const step of steps) {
    try {
      const value = await perform(step);
      outcomes.push(value === undefined ? {} : { value });
    } catch (error) {
      const { message } = error as Error;
      outcomes.push({
        error: error instanceof UserError ? { ...error, message } : { message: `${(error as Error).stack}` },
      });
    }
  }
  return outcomes;
}
