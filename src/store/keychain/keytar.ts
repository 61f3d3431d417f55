import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type KeychainError, keychainError } from "./keychain-error.ts";

/** The calls of keytar that are used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

const isKeytar = (value: unknown): value is Keytar =>
  typeof (value as Partial<Keytar> | undefined)?.getPassword === "function";

/**
 * Why the addon does not load. keytar swallows the loader's words, so its binary is loaded once more, from the
 * place that keytar's own error shows (a bundle knows no other way to it than its name).
 */
function loadFailure(platform: string, error: unknown): KeychainError {
  const [, script] = /\(?((?:\/|[A-Za-z]:)[^():]*keytar\.js):\d+/.exec((error as Error).stack ?? "") ?? [];
  let words = (error as Error).message;
  if (script) {
    try {
      createRequire(script)(join(dirname(script), "../build/Release/keytar.node"));
    } catch (cause) {
      words = (cause as Error).message.split("\n")[0] ?? words;
    }
  }
  const kind = /libsecret[^ ]*: cannot open shared object/.test(words) ? "no-library" : "no-addon";
  return keychainError(kind, platform, words, error);
}

/** Loads keytar, whose exports stand under `default` after an import and directly after a bundle's require. */
export async function loadKeytar(platform: string, load: () => Promise<unknown>): Promise<Keytar> {
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (error) {
    throw loadFailure(platform, error);
  }
  const inner = (loaded as { default?: unknown }).default;
  if (isKeytar(inner)) return inner;
  if (isKeytar(loaded)) return loaded;
  throw new Error("keytar does not export what it should");
}
