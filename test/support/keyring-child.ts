/**
 * Runs steps on a keychain store in this process's own environment, and prints what came of each as JSON.
 * Called with one argument, a KeyringScript; keyring-run.ts is the other side.
 */
import { writeSync } from "node:fs";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import { systemClock } from "../../src/system/clock.ts";
import { carryOut, type KeyringOptions, type KeyringOutcome, type KeyringStep } from "./keyring-steps.ts";

export interface KeyringScript {
  readonly folder: string;
  readonly options?: KeyringOptions;
  /** Fails the test when keytar is loaded. */
  readonly forbidKeytar?: boolean;
  /** Makes `import("keytar")` come from another place. */
  readonly keytarFrom?: string;
  readonly steps: readonly KeyringStep[];
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

const outcomes = await carryOut(store, script.steps);
const report: KeyringReport = { outcomes, told, stuck: store.stuck };
writeSync(1, JSON.stringify(report));
if (store.stuck) process.kill(process.pid, "SIGKILL");
process.exit(0);
