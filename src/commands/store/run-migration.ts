import {
  ItemDamaged,
  type SecretStore,
  type StoredItem,
  type StoreKind,
  storeKinds,
} from "../../store/secret-store.ts";
import type { Notes } from "../../system/files/notes.ts";
import { UserError } from "../../system/user-error.ts";
import { countOf, theStore } from "./holdings.ts";
import type { Source, Step } from "./plan-migration.ts";

export interface MigrationPorts {
  readonly target: SecretStore;
  readonly storeOf: (kind: StoreKind) => Promise<SecretStore>;
  /** Makes the target the store that is used. */
  readonly switchTo: (kind: StoreKind) => Promise<void>;
  readonly notes: Notes;
  readonly say: (sentence: string) => void;
  readonly warn: (sentence: string) => void;
}

const note = "migration";

/**
 * The items that an interrupted run to the same target was removing, by the store. Nothing else there is touched: it may
 * have been put there since, and others may use that store, as with pass.
 */
export async function unfinishedItems(
  to: StoreKind,
  notes: Notes,
): Promise<ReadonlyMap<StoreKind, ReadonlySet<unknown>>> {
  const noted = ((await notes.read(note)) ?? {}) as Record<string, unknown>;
  const from = noted["to"] === to ? ((noted["from"] ?? {}) as Record<string, unknown>) : {};
  return new Map(
    storeKinds.flatMap((kind) => {
      const names = from[kind];
      return Array.isArray(names) ? [[kind, new Set(names)] as const] : [];
    }),
  );
}

/** Everything is in one store: there is nothing to go on with. */
export async function noteFinished(notes: Notes): Promise<void> {
  await notes.remove(note);
}

/**
 * Runs a migration, under the keys lock: no other process changes long-term keys meanwhile.
 *
 * A call that began before may still write a session into the old store. That is harmless: no later call looks there,
 * the session expires by itself, and the next call requests a new one.
 *
 * @throws UserError: before the switch, with nothing removed, when a long-term key cannot be copied or a store that is
 *   used fails; after it, with all keys in the target, when something could not be removed
 */
export async function runMigration(
  steps: readonly Step[],
  sources: readonly Source[],
  ports: MigrationPorts,
): Promise<void> {
  const { target, notes } = ports;
  const { left, failed } = await copyKeys(steps, sources, ports);
  const removed = steps.filter((step) => step.do === "remove");
  const from = sources.map(({ kind }) => [
    kind,
    removed.filter((step) => step.from === kind).map(({ item }) => item.name),
  ]);
  await notes.write(note, { to: target.kind, from: Object.fromEntries(from) });
  for (const step of steps) if (step.do === "switch") await ports.switchTo(step.to);
  await empty(steps, { left, failed }, ports);
  if (failed.size === 0) return;
  const stores = [...failed].map(theStore).join(" and ");
  throw new UserError(
    `every long-term key is in ${theStore(target.kind)}, but not all could be removed from ${stores}`,
    { hints: [`when that works again: aws-as store migrate --to ${target.kind}`] },
  );
}

interface Exceptions {
  /** Names that stay where they are. */
  readonly left: Set<string>;
  /** Stores that failed; they are not asked again. */
  readonly failed: Set<StoreKind>;
}

/** Copies all keys into the target. Where one cannot be, the copies are removed again. */
async function copyKeys(
  steps: readonly Step[],
  sources: readonly Source[],
  ports: MigrationPorts,
): Promise<Exceptions> {
  const { target, warn } = ports;
  const inUse = new Set(sources.filter((source) => source.inUse).map(({ kind }) => kind));
  const before = new Set((await target.list()).map(({ name }) => name));
  const copied = new Map<string, StoredItem>();
  const blocked: string[] = [];
  const left = new Set<string>();
  const failed = new Set<StoreKind>();

  const copy = async ({ from, item, listed }: Extract<Step, { do: "copy" }>): Promise<void> => {
    const read = (store: SecretStore) => readingOf(store, item.name);
    const source = inUse.has(from)
      ? await read(await ports.storeOf(from))
      : await attempt(from, failed, ports, read);
    if (source === undefined) return;
    const there = await readingOf(target, item.name);
    if ("value" in source) {
      if ("value" in there && there.value !== source.value) {
        blocked.push(
          `${theStore(from)} and ${theStore(target.kind)} hold different secrets as the ${item.label}`,
        );
        // What the target does not list (a killed run left it so) would not be found by the next migration.
      } else if (!("value" in there && (before.has(item.name) || copied.has(item.name)))) {
        copied.set(item.name, item);
        await put(target, item, source.value);
      }
      return;
    }
    // The configuration names a key that is in no store, or a killed run removed the document and not its entry.
    if (!("damage" in source) && (!listed || "value" in there)) return;
    const why =
      "damage" in source
        ? `in ${theStore(from)} cannot be opened: ${source.damage}`
        : `is listed by ${theStore(from)}, and is not in it`;
    if (inUse.has(from) && !("value" in there)) {
      blocked.push(`the ${item.label} ${why}`);
    } else {
      left.add(item.name);
      warn(`the ${item.label} ${why}; it is left there`);
    }
  };
  try {
    for (const step of steps) {
      if (step.do === "copy" && !failed.has(step.from)) await copy(step);
    }
    const listed = new Set((await target.list()).map(({ name }) => name));
    for (const { name, label } of copied.values()) {
      if (!listed.has(name)) blocked.push(`${theStore(target.kind)} does not list the ${label}`);
    }
    refuseBlocked(blocked, target.kind);
    return { left, failed };
  } catch (error) {
    // After the switch of an interrupted run the copies may be the only ones.
    if (steps.some((step) => step.do === "switch")) {
      // A copy that cannot be removed is found by the next run, and shown by status.
      for (const name of copied.keys()) if (!before.has(name)) await target.remove(name).catch(() => false);
    }
    throw error;
  }
}

/** @throws UserError when the target does not give back what it took */
async function put(target: SecretStore, item: StoredItem, value: string): Promise<void> {
  await target.write(item, value);
  if ((await target.read(item.name)) === value) return;
  throw new UserError(
    `${theStore(target.kind)} did not give back the ${item.label} that was written to it; nothing was removed`,
    { hints: ["see what is wrong: aws-as store status"] },
  );
}

function refuseBlocked([first, ...more]: readonly string[], to: StoreKind): void {
  if (first === undefined) return;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new UserError(`${first}${others}; nothing was removed, and the same store is used as before`, {
    hints: [
      ...more,
      "see all keys: aws-as keys list",
      `when that is fixed, or the key given up by aws-as keys remove: aws-as store migrate --to ${to}`,
    ],
  });
}

/** Removes everything from the sources. */
async function empty(
  steps: readonly Step[],
  { left, failed }: Exceptions,
  ports: MigrationPorts,
): Promise<void> {
  const { target, say } = ports;
  const sessions = new Map<StoreKind, number>();
  for (const step of steps) {
    if (step.do !== "remove" || left.has(step.item.name) || failed.has(step.from)) continue;
    const { from, item, of } = step;
    const removed = await attempt(from, failed, ports, async (store) => await store.remove(item.name));
    if (!removed) continue;
    if (of === "keys") say(`moved the ${item.label} from ${theStore(from)} to ${theStore(target.kind)}`);
    if (of === "sessions") sessions.set(from, (sessions.get(from) ?? 0) + 1);
  }
  for (const [from, many] of sessions) {
    say(`forgot ${countOf(many, "session")} in ${theStore(from)}; the next call may ask for an MFA code`);
  }
}

/** Works with a source that is not used, or not any more; what fails there stops nothing. */
async function attempt<T>(
  kind: StoreKind,
  failed: Set<StoreKind>,
  { storeOf, warn }: MigrationPorts,
  work: (store: SecretStore) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work(await storeOf(kind));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    failed.add(kind);
    warn(`what is in ${theStore(kind)} stays there: ${error.message}`);
    return undefined;
  }
}

/** What a store has under a name: the document, why it cannot be opened, or nothing. */
type Reading = { readonly value: string } | { readonly damage: string } | { readonly absent: true };

async function readingOf(store: SecretStore, name: string): Promise<Reading> {
  try {
    const value = await store.read(name);
    return value === undefined ? { absent: true } : { value };
  } catch (error) {
    if (!(error instanceof ItemDamaged)) throw error;
    return { damage: error.message };
  }
}
