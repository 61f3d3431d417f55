import type { KeychainError } from "./keychain-error.ts";
import {
  defaultPersonLimitMs,
  defaultTimeLimitMs,
  type KeychainItems,
  type KeychainItemsOptions,
  late,
  within,
} from "./keychain-items.ts";
import { type Errand, secretService } from "./secret-service.ts";

export { sessionBusPath } from "./secret-service.ts";

/**
 * Items of the Secret Service, all by one connection. After a failure that waiting or asking led to, later calls
 * fail at once: nobody is asked or made to wait twice.
 */
export function secretServiceItems(
  busPath: string,
  userId: number,
  options: KeychainItemsOptions,
): KeychainItems {
  const { timeLimitMs = defaultTimeLimitMs, personLimitMs = defaultPersonLimitMs } = options;
  let errand: Errand | undefined;
  let givenUp: KeychainError | undefined;

  const begin = (): Errand => {
    const secrets = secretService(busPath, userId, options.service);
    const inTime = async <T>(work: Promise<T>): Promise<T> => {
      // What is left is for a Ping, which tells a service that asks by itself from one that hangs.
      const answer = await within((timeLimitMs * 2) / 3, work);
      if (answer !== late) return answer as T;
      return (await import("./secret-service-questions.ts")).overdue(work, it);
    };
    const it: Errand = { secrets, options, timeLimitMs, personLimitMs, inTime };
    return it;
  };
  const attempt = async <T>(use: (errand: Errand) => Promise<T>): Promise<T> => {
    if (givenUp) throw givenUp;
    errand ??= begin();
    const { secrets } = errand;
    try {
      return await use(errand);
    } catch (error) {
      const failure = await (await import("./secret-service-failure.ts")).explained(error, secrets);
      secrets.close();
      errand = undefined;
      if (["locked", "cancelled", "hanging"].includes(failure.kind)) givenUp = failure;
      throw failure;
    }
  };

  return {
    stuck: () => false,
    read: (name) =>
      attempt(async (it) => {
        const { secrets } = it;
        const look = async () => {
          const found = await secrets.search(name);
          const [only, another] = found.unlocked;
          if (only === undefined || another !== undefined) return found;
          return { value: await secrets.secretOf(only) };
        };
        // One limit around both: its timer costs half a millisecond.
        const hit = await it.inTime(look());
        if ("value" in hit) return hit.value;
        const { openItem } = await import("./secret-service-questions.ts");
        const { item } = await openItem(name, hit, it);
        return item && (await it.inTime(secrets.secretOf(item)));
      }),
    write: (name, text, label) =>
      attempt(async (it) => (await import("./secret-service-changes.ts")).write(name, text, label, it)),
    remove: (name, mayAsk = true) =>
      attempt(async (it) => (await import("./secret-service-changes.ts")).remove(name, mayAsk, it)),
  };
}
