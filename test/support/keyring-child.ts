/**
 * Runs steps on a keychain store in this process's own environment, and prints what came of each as JSON.
 * Called with one argument, a KeyringScript; keyring-run.ts is the other side.
 */
import { writeSync } from "node:fs";
import { type KeychainOptions, keychainStore } from "../../src/store/keychain/keychain.ts";
import type { StoredItem } from "../../src/store/secret-store.ts";
import { systemClock } from "../../src/system/clock.ts";
import { UserError } from "../../src/system/user-error.ts";

export type KeyringStep =
  | readonly ["read", string]
  | readonly ["write", StoredItem, string]
  | readonly ["remove", string]
  | readonly ["list"];

export interface KeyringScript {
  readonly folder: string;
  readonly options?: Partial<Omit<KeychainOptions, "clock">>;
  /** Fails the test when keytar is loaded. */
  readonly forbidKeytar?: boolean;
  /** Makes `import("keytar")` come from another place. */
  readonly keytarFrom?: string;
  readonly steps: readonly KeyringStep[];
}

export interface KeyringOutcome {
  readonly value?: unknown;
  readonly error?: { readonly kind?: string; readonly message: string; readonly hints?: readonly string[] };
}

export interface KeyringReport {
  readonly outcomes: readonly KeyringOutcome[];
  readonly told: readonly string[];
  readonly stuck: boolean;
}

const script = JSON.parse(process.argv[2] ?? "") as KeyringScript;
const told: string[] = [];
const { keytarFrom } = script;
const store = keychainStore({
  service: "aws-as",
  folder: script.folder,
  platform: process.platform,
  environment: process.env,
  userId: process.getuid?.(),
  clock: systemClock,
  tell: (sentence) => told.push(sentence),
  ...script.options,
  ...(script.forbidKeytar && {
    loadKeytar: () => Promise.reject(new Error("keytar must not be loaded here")),
  }),
  ...(keytarFrom && { loadKeytar: () => import(keytarFrom) }),
});

const perform = (step: KeyringStep): Promise<unknown> => {
  if (step[0] === "read") return store.read(step[1]);
  if (step[0] === "write") return store.write(step[1], step[2]);
  return step[0] === "remove" ? store.remove(step[1]) : store.list();
};
const outcomes: KeyringOutcome[] = [];
for (const step of script.steps) {
  try {
    outcomes.push({ value: await perform(step) });
  } catch (error) {
    const { message } = error as Error;
    outcomes.push({
      error: error instanceof UserError ? { ...error, message } : { message: `${(error as Error).stack}` },
    });
  }
}
const report: KeyringReport = { outcomes, told, stuck: store.stuck };
writeSync(1, JSON.stringify(report));
if (store.stuck) process.kill(process.pid, "SIGKILL");
process.exit(0);
