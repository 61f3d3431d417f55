import { readFileSync } from "node:fs";
import { hintsFor, KeychainError, keychainError, type LinuxKeychain } from "./keychain-error.ts";
import { type SecretService, serviceName } from "./secret-service.ts";

/** The beginnings of their programs' names; Linux keeps 15 letters. */
const programs: readonly (readonly [string, LinuxKeychain])[] = [
  ["gnome-keyring-d", "gnome-keyring"],
  ["kwalletd", "kwallet"],
  ["ksecretd", "kwallet"],
  ["keepassxc", "keepassxc"],
];

/** Which program it is that serves secrets; undefined where that cannot be told. Starts none. */
export async function linuxKeychain({ askBus }: SecretService): Promise<LinuxKeychain | undefined> {
  try {
    const [pid] = await askBus("GetConnectionUnixProcessID", "s", [serviceName]);
    const name = readFileSync(`/proc/${pid}/comm`, "latin1");
    return programs.find(([beginning]) => name.startsWith(beginning))?.[1];
  } catch {
    return undefined;
  }
}

/** A desktop's keychain that runs and does not serve secrets, because a setting of its own says so. */
async function silentKeychain({ askBus }: SecretService): Promise<LinuxKeychain | undefined> {
  try {
    const [names] = (await askBus("ListNames")) as [string[]];
    if (names.some((name) => /^org\.kde\.kwalletd\d$/.test(name))) return "kwallet";
    return names.some((name) => name.startsWith("org.keepassxc.")) ? "keepassxc" : undefined;
  } catch {
    return undefined;
  }
}

/** The failure as a KeychainError, with what helps where this keychain is the one. */
export async function explained(error: unknown, secrets: SecretService): Promise<KeychainError> {
  if (!(error instanceof KeychainError)) {
    return keychainError("failed", "linux", (error as Error).message, error);
  }
  const { kind, message, cause } = error;
  const keychain = await (kind === "no-service" ? silentKeychain(secrets) : linuxKeychain(secrets));
  return keychain === undefined
    ? error
    : new KeychainError(kind, message, { hints: hintsFor(kind, "linux", keychain), cause });
}
