import type { AwsConfig } from "../config/aws-config.ts";
import type { SecretStore } from "../store/secret-store.ts";
import type { Machine, StoreSettings } from "./machine.ts";

/** What a command works with. */
export interface Task {
  readonly machine: Machine;
  /** As it was when the command began; `readConfig` gives the one of now. */
  readonly config: AwsConfig;
  readonly settings: StoreSettings;
  /** The store in use. Throws a UserError where the settings name none. */
  readonly store: SecretStore;
  /** Tells the person about progress, on standard error. */
  say(sentence: string): void;
  /** Tells the person about something that did not stop the command. */
  warn(sentence: string): void;
}
