import type { Machine, StoreSettings, Task } from "../../machine/machine.ts";
import { keyIdOfItem } from "../../session/long-term-key.ts";
import { isProbe } from "../../store/prove-store.ts";
import { type StoredItem, type StoreKind, storeKinds, storeNames } from "../../store/secret-store.ts";

/** What a store lists, by what it is. Nothing of it was read. */
export interface Holdings {
  readonly keys: readonly StoredItem[];
  /** Those that have not expired. */
  readonly sessions: readonly StoredItem[];
  /** Expired sessions, and what probes of the store left behind. */
  readonly rest: readonly StoredItem[];
}

/** @param now milliseconds since 1970 */
export function holdingsOf(items: readonly StoredItem[], now: number): Holdings {
  const isKey = (item: StoredItem) => keyIdOfItem(item.name) !== undefined;
  const isAlive = (item: StoredItem) =>
    !isProbe(item.name) && (item.expiresAt ?? Number.POSITIVE_INFINITY) > now;
  return {
    keys: items.filter(isKey),
    sessions: items.filter((item) => !isKey(item) && isAlive(item)),
    rest: items.filter((item) => !isKey(item) && !isAlive(item)),
  };
}

/** What a store of that kind lists. Asks nobody. */
export async function listStore(
  kind: StoreKind,
  machine: Machine,
  settings: StoreSettings,
): Promise<readonly StoredItem[]> {
  return await (await machine.storeOf(kind, settings)).list();
}

/** `2 sessions`; empty for none. */
export function countOf(many: number, what: string): string {
  return many === 0 ? "" : `${many} ${what}${many === 1 ? "" : "s"}`;
}

/** `2 long-term keys and 1 session`. */
export function countsInWords({ keys, sessions }: Holdings): string {
  const counts = [countOf(keys.length, "long-term key"), countOf(sessions.length, "session")];
  return counts.filter(Boolean).join(" and ") || "nothing";
}

/** The store's name for a sentence. */
export function theStore(kind: StoreKind): string {
  return `the ${storeNames[kind]}`;
}

/** Tells the person what is left in stores that are not used: no call finds it there. */
export async function sayWhatIsElsewhere(used: StoreKind, { machine, settings, say }: Task): Promise<void> {
  for (const other of storeKinds.filter((kind) => kind !== used)) {
    // What cannot even be listed is a matter for status.
    const items = await listStore(other, machine, settings).catch(() => []);
    const held = holdingsOf(items, machine.clock.now());
    if (held.keys.length + held.sessions.length === 0) continue;
    const what =
      held.keys.length > 0
        ? `to move the keys: AWS_AS_STORE=${other} aws-as store migrate --to ${used}`
        : `to forget them: AWS_AS_STORE=${other} aws-as logout --all`;
    say(`${theStore(other)} still holds ${countsInWords(held)}; ${what}`);
  }
}
