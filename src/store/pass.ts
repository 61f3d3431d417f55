import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import type { SecretStore } from "./secret-store.ts";

export interface PassOptions {
  /** Where names, labels and times of the items lie: `~/.aws/aws-as/pass-index`. */
  readonly folder: string;
  readonly environment: Environment;
  readonly home: string;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  readonly clock: Clock;
  /** The folder of our entries in the password store; `aws-as` by default. */
  readonly prefix?: string;
  /** Milliseconds since 1970 after which nobody waits for an answer any more. */
  readonly deadline?: number;
  /** Told when a person may be asked for the passphrase of their gpg key. */
  readonly tell?: (sentence: string) => void;
}

/** The password manager pass as a store. */
export function passStore(_options: PassOptions): SecretStore {
  const later = () => Promise.reject(new UserError("this version cannot keep secrets in pass"));
  return { kind: "pass", read: later, write: later, remove: later, list: later };
}
