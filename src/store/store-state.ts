import { existsSync } from "node:fs";
import { join } from "node:path";
import { isOnPath } from "../system/children/run-child.ts";
import type { Environment } from "../system/environment.ts";
import { within } from "../system/within.ts";
import { KeychainError, keychainError, unlockings } from "./keychain/keychain-error.ts";
import type { FileStore, StoreState } from "./secret-store.ts";

export interface Whereabouts {
  /** As process.platform names it. */
  readonly platform: string;
  readonly environment: Environment;
  readonly home: string;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  /** The folder of the entries in pass. */
  readonly passPrefix?: string | undefined;
  /** Milliseconds for the keychain; 3000 by default. */
  readonly timeLimitMs?: number;
}

/** Whether the file store is set up, and its folder and its master key are as they should be. */
export async function stateOfFile(load: () => Promise<FileStore>): Promise<StoreState> {
  try {
    const { unlocking } = await load();
    if (!unlocking.isSetUp()) return { kind: "not-set-up", because: "it has no master key yet" };
    await unlocking.slots();
    return { kind: "ready" };
  } catch (error) {
    return broken(error);
  }
}

/** As KeePassXC's window names it. */
const confirmation =
  "Settings > Secret Service Integration > Confirm when passwords are retrieved by clients";

/** Whether there is a keychain and it is open. Unlike a read of an item, this never asks the user to unlock it. */
export async function stateOfKeychain(where: Whereabouts): Promise<StoreState> {
  const { platform, environment, userId, timeLimitMs = 3000 } = where;
  // macOS and Windows always have one, and tell no more without asking.
  if (platform !== "linux" || userId === undefined) return { kind: "ready" };
  const [{ secretService, sessionBusPath }, { asksEachTime, defaultKeyring }, { linuxKeychain }] =
    await Promise.all([
      import("./keychain/secret-service.ts"),
      import("./keychain/secret-service-questions.ts"),
      import("./keychain/secret-service-failure.ts"),
    ]);
  const bus = sessionBusPath(environment);
  if (bus === undefined) return { kind: "absent", because: keychainError("no-bus", platform).message };
  const secrets = secretService(bus, userId, "aws-as");
  const look = async (): Promise<StoreState> => {
    const keyring = await defaultKeyring(secrets);
    if (keyring === undefined) {
      return { kind: "not-set-up", because: keychainError("no-collection", platform).message };
    }
    const keychain = await linuxKeychain(secrets);
    if (keyring.locked) {
      const opens = keychain && unlockings[keychain];
      return { kind: "locked", because: keychainError("locked", platform).message, ...(opens && { opens }) };
    }
    return keychain === "keepassxc" && (await asksEachTime(secrets))
      ? { kind: "ready", asksUnless: confirmation }
      : { kind: "ready" };
  };
  try {
    const state = await within(timeLimitMs, look());
    if (state === undefined)
      throw keychainError("hanging", platform, `no answer within ${timeLimitMs / 1000} s`);
    return state;
  } catch (error) {
    if (!(error instanceof KeychainError && error.absent)) return broken(error);
    return { kind: "absent", because: error.message };
  } finally {
    secrets.close();
  }
}

/** Whether `pass` is installed and initialised. Does not find out whether gpg would ask for a passphrase. */
export async function stateOfPass(where: Whereabouts): Promise<StoreState> {
  const { environment, home, passPrefix = "aws-as" } = where;
  // pass runs gpg2 where there is one.
  for (const [program = "", other = ""] of [["pass"], ["gpg", "gpg2"]]) {
    if (isOnPath(program, environment) || (other && isOnPath(other, environment))) continue;
    return { kind: "absent", because: `${program} is not installed` };
  }
  const folder = environment["PASSWORD_STORE_DIR"] || join(home, ".password-store");
  const keyFiles = [join(folder, ...passPrefix.split("/"), ".gpg-id"), join(folder, ".gpg-id")];
  if (!keyFiles.some((file) => existsSync(file))) {
    return { kind: "not-set-up", because: `the password store "${folder}" is not initialised` };
  }
  return { kind: "ready" };
}

function broken(error: unknown): StoreState {
  return { kind: "broken", because: error instanceof Error ? error.message : String(error) };
}
