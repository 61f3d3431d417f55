import type { Environment } from "../../system/environment.ts";
import { KeychainError, keychainError, kindOfKeychainFailure } from "./keychain-error.ts";
import type { Keytar } from "./keytar.ts";
import type { SecretService } from "./secret-service.ts";

export interface KeychainItemsOptions {
  readonly service: string;
  readonly platform: string;
  readonly environment: Environment;
  readonly userId?: number | undefined;
  readonly tell?: (sentence: string) => void;
  readonly timeLimitMs?: number;
  readonly personLimitMs?: number;
  readonly loadKeytar?: () => Promise<unknown>;
}

/** Single texts in the keychain, each call within its time limit. All reject with KeychainError. */
export interface KeychainItems {
  read(name: string): Promise<string | undefined>;
  /** @param label what a person's keychain app shows, where that can be set (Linux); else service and name */
  write(name: string, text: string, label?: string): Promise<void>;
  remove(name: string): Promise<boolean>;
  /** True while a call that outlived its limit has not come back. */
  stuck(): boolean;
}

/** Windows compares names without regard to case; ours differ in it. */
export const accountName = (name: string, platform: string): string =>
  platform === "win32" ? name.replace(/[\p{Lu}^]/gu, (letter) => `^${letter.toLowerCase()}`) : name;

const late = Symbol("late");

/**
 * The keychain item by item: keytar, and before it, on Linux, the Secret Service asked directly.
 * Once the keychain hung or a person refused, later calls fail at once: nobody is asked or made to wait twice.
 */
export function keychainItems(options: KeychainItemsOptions): KeychainItems {
  const { service, platform, environment, userId } = options;
  const timeLimitMs = options.timeLimitMs ?? 3000;
  const personLimitMs = options.personLimitMs ?? 45_000;
  const hasDisplay = Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"]);
  let keytar: Promise<Keytar> | undefined;
  let secrets: SecretService | undefined;
  let stuckCalls = 0;
  let givenUp: KeychainError | undefined;

  const giveUp = (error: KeychainError): KeychainError => {
    givenUp = error;
    return error;
  };
  // Not by the clock's sleep: aborting it costs 1 ms, for a signal and its events are loaded on first use.
  const within = async <T>(limitMs: number, work: Promise<T>): Promise<T | typeof late> => {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<typeof late>((resolve) => {
      timer = setTimeout(resolve, limitMs, late);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  };
  const seconds = (limitMs: number): string => `within ${limitMs / 1000} s`;

  const throughKeytar = async <T>(limitMs: number, use: (loaded: Keytar) => Promise<T>): Promise<T> => {
    const { loadKeytar } = await import("./keytar.ts");
    keytar ??= loadKeytar(platform, options.loadKeytar ?? (() => import("keytar")));
    const work = use(await keytar);
    let answer: T | typeof late;
    try {
      answer = await within(limitMs, work);
    } catch (error) {
      const { message } = error as Error;
      throw keychainError(kindOfKeychainFailure(platform, message), platform, message, error);
    }
    if (answer !== late) return answer as T;
    stuckCalls += 1;
    const back = (): void => {
      stuckCalls -= 1;
    };
    work.then(back, back);
    throw giveUp(keychainError("hanging", platform, `no answer ${seconds(limitMs)}`));
  };
  // macOS blocks a call only while it asks a person (and fails at once where it cannot); Windows never asks.
  const keytarLimitMs = platform === "darwin" ? personLimitMs : timeLimitMs;

  /** Runs `use` with the Secret Service; `instead` where it cannot be talked to directly. */
  const directly = async <T>(
    use: (secrets: SecretService) => Promise<T>,
    instead: () => Promise<T>,
  ): Promise<T> => {
    if (givenUp) throw givenUp;
    if (platform !== "linux" || userId === undefined) return await instead();
    const { secretService, sessionBusPath } = await import("./secret-service.ts");
    const bus = sessionBusPath(environment);
    if (!bus) {
      // GIO would start a bus of its own through dbus-launch where there is a display; else there is none.
      if (environment["DBUS_SESSION_BUS_ADDRESS"] || hasDisplay) return await instead();
      throw keychainError("no-bus", platform);
    }
    // One connection for all calls: a first use makes five. After a failure it is given up, and any question with it.
    secrets ??= secretService(bus, userId, service);
    try {
      return await use(secrets);
    } catch (error) {
      secrets?.close();
      secrets = undefined;
      if (error instanceof KeychainError) throw error;
      // The bus or the service speaks otherwise than the specification says: libsecret may know better.
      return await instead();
    }
  };
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const answer = await within(timeLimitMs, work);
    if (answer === late)
      throw giveUp(keychainError("hanging", platform, `no answer ${seconds(timeLimitMs)}`));
    return answer as T;
  };
  const unlock = async (secrets: SecretService, path: string): Promise<void> => {
    if (!hasDisplay) throw giveUp(keychainError("locked", platform, "no display to ask on"));
    options.tell?.("the keychain is locked; unlock it in the window that opens");
    const unlocked = await within(personLimitMs, secrets.unlock(path));
    if (unlocked === late)
      throw giveUp(keychainError("locked", platform, `nobody unlocked it ${seconds(personLimitMs)}`));
    if (!unlocked) throw giveUp(keychainError("cancelled", platform));
  };

  return {
    stuck: () => stuckCalls > 0,
    read: async (name) => {
      const account = accountName(name, platform);
      return await directly(
        async (secrets) => {
          const look = async (): Promise<{ value?: string; locked?: string }> => {
            const { unlocked, locked } = await secrets.find(account);
            if (unlocked) return { value: await secrets.secretOf(unlocked) };
            if (locked) return { locked };
            // What is got for this miss has to be written: better to know now than after a code was spent.
            const keyring = await secrets.defaultKeyring();
            return keyring?.locked ? { locked: keyring.path } : {};
          };
          // One limit around both: its timer costs half a millisecond.
          const { value, locked } = await inTime(look());
          if (!locked) return value;
          await unlock(secrets, locked);
          return (await inTime(look())).value;
        },
        async () =>
          (await throughKeytar(keytarLimitMs, (it) => it.getPassword(service, account))) ?? undefined,
      );
    },
    write: async (name, text, label) => {
      const account = accountName(name, platform);
      let limitMs = keytarLimitMs;
      await directly(
        async (secrets) => {
          const { locked } = await inTime(secrets.find(account));
          if (locked) await unlock(secrets, locked);
          const keyring = await inTime(secrets.defaultKeyring());
          if (keyring?.locked) await unlock(secrets, keyring.path);
          if (keyring) return;
          if (!hasDisplay) throw keychainError("no-collection", platform);
          options.tell?.("there is no keyring yet; choose a password for it in the window that opens");
          limitMs = personLimitMs;
        },
        async () => undefined,
      );
      await throughKeytar(limitMs, (it) => it.setPassword(service, account, text));
      // The item is written. keytar's label goes back to "service/name" each time; a failure leaves it so.
      if (label !== undefined && secrets) {
        await within(timeLimitMs, secrets.setLabel(account, label)).catch(() => undefined);
      }
    },
    remove: async (name) => {
      const account = accountName(name, platform);
      const there = await directly(
        async (secrets) => {
          const { unlocked, locked } = await inTime(secrets.find(account));
          if (locked) await unlock(secrets, locked);
          return Boolean(unlocked ?? locked);
        },
        async () => true,
      );
      return there && (await throughKeytar(keytarLimitMs, (it) => it.deletePassword(service, account)));
    },
  };
}
