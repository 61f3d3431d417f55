import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../system/environment.ts";
import { KeychainError, keychainError, unlockings } from "./keychain/keychain-error.ts";
import type { StoreState } from "./secret-store.ts";
import type { FileStore } from "./unlock.ts";

export interface Whereabouts {
  /** As process.platform names it. */
  readonly platform: string;
  readonly environment: Environment;
  readonly home: string;
  /** As process.getuid gives it; absent on Windows. */
  readonly userId?: number | undefined;
  /** The folder of our entries in pass. */
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

/** Whether there is a keychain and it is open. Nobody is asked to unlock it, which a read of an item may do. */
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
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(keychainError("hanging", platform, `no answer within ${timeLimitMs / 1000} s`));
    timer = setTimeout(late, timeLimitMs);
  });
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
  const asked = look();
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, limit]);
  } catch (error) {
    if (!(error instanceof KeychainError && error.absent)) return broken(error);
    return { kind: "absent", because: error.message };
  } finally {
    clearTimeout(timer);
    secrets.close();
  }
}

/** Whether `pass` is installed and initialised. Whether gpg would ask for a passphrase is not told. */
export async function stateOfPass(where: Whereabouts): Promise<StoreState> {
  const { environment, home, passPrefix = "aws-as" } = where;
  for (const program of ["pass", "gpg"]) {
    const candidates = (environment["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
    // pass takes gpg2 where there is one.
    const found = program === "gpg" ? candidates.flatMap((file) => [file, `${file}2`]) : candidates;
    if (!found.some(isExecutable)) return { kind: "absent", because: `${program} is not installed` };
  }
  const folder = environment["PASSWORD_STORE_DIR"] || join(home, ".password-store");
  const keyFiles = [join(folder, ...passPrefix.split("/"), ".gpg-id"), join(folder, ".gpg-id")];
  if (!keyFiles.some((file) => existsSync(file))) {
    return { kind: "not-set-up", because: `the password store "${folder}" is not initialised` };
  }
  return { kind: "ready" };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function broken(error: unknown): StoreState {
  return { kind: "broken", because: error instanceof Error ? error.message : String(error) };
}
