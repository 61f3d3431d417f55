import { keyIdOfItem } from "../../session/long-term-key.ts";
import { parseRecord } from "../../session/record.ts";
import { ItemDamaged, type SecretStore, type StoredItem, type StoreKind } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { theStore } from "./holdings.ts";
import { judge, type Move, type Reading, type Source, type Step } from "./plan-migration.ts";

export interface MigrationPorts {
  readonly target: SecretStore;
  readonly storeOf: (kind: StoreKind) => Promise<SecretStore>;
  /** Makes the target the store that is used. */
  readonly switchTo: (kind: StoreKind) => Promise<void>;
  readonly say: (sentence: string) => void;
  readonly warn: (sentence: string) => void;
}

interface MigrationContext extends MigrationPorts {
  readonly inUse: ReadonlySet<StoreKind>;
  /** What the target listed in the beginning, with the ends in milliseconds since 1970. */
  readonly listed: Map<string, number | undefined>;
  /** What the target took in this run: its document by name. */
  readonly brought: Map<string, string>;
  /** Why long-term keys cannot be moved. */
  readonly blocked: string[];
  /** Names that stay where they are. */
  readonly left: Set<string>;
  /** The target is used, and everything is in it. */
  isSwitched: boolean;
  /** Stores that failed; they are not asked again. */
  readonly failed: Set<StoreKind>;
}

/** How often it is looked again for what other processes wrote meanwhile. */
const rounds = 3;

/**
 * Carries out a migration. Nothing leaves a store before everything is in the target and the target is used.
 *
 * @throws UserError: before the switch, with nothing removed, when a long-term key cannot be moved or a store that is
 *   used fails; after it, with everything in the target, when something could not be removed
 */
export async function carryOut(
  steps: readonly Step[],
  sources: readonly Source[],
  ports: MigrationPorts,
): Promise<void> {
  const context: MigrationContext = {
    ...ports,
    inUse: new Set(sources.filter(({ inUse }) => inUse).map(({ kind }) => kind)),
    listed: new Map(),
    brought: new Map(),
    blocked: [],
    left: new Set(),
    isSwitched: !steps.some((step) => step.do === "switch"),
    failed: new Set(),
  };
  for (const { name, expiresAt } of await ports.target.list()) context.listed.set(name, expiresAt);
  const before = new Set(context.listed.keys());
  try {
    for (const step of steps) {
      if (step.do === "bring") await bring(step.move, context);
    }
    await checkKeys(steps, context);
  } catch (error) {
    await takeBack(before, context);
    throw error;
  }
  for (const step of steps) {
    if (step.do === "switch") await ports.switchTo(step.to);
    context.isSwitched ||= step.do !== "bring";
    if (step.do === "clear") await clear(step.move, context);
    if (step.do === "drop") await attempt(step.from, context, (store) => store.remove(step.item.name));
  }
  await clearLatecomers(sources, context);
  if (context.failed.size === 0) return;
  const stores = [...context.failed].map(theStore).join(" and ");
  throw new UserError(
    `everything is in ${theStore(ports.target.kind)}, but not all could be removed from ${stores}`,
    {
      hints: [`when that works again: aws-as store migrate --to ${ports.target.kind}`],
    },
  );
}

/** Where nothing comes of it, no copies shall lie about that nobody knows of. */
async function takeBack(
  before: ReadonlySet<string>,
  { target, brought, isSwitched }: MigrationContext,
): Promise<void> {
  if (isSwitched) return;
  for (const name of brought.keys()) {
    // What is wrong was said; a copy that stays is seen by the next run, and by status.
    if (!before.has(name)) await target.remove(name).catch(() => false);
  }
}

/** Copies an item into the target and reads it back. */
async function bring(move: Move, context: MigrationContext): Promise<void> {
  const { from, item } = move;
  const { target, listed } = context;
  const source = await attempt(from, context, (store) => readingOf(store, item.name, item.expiresAt));
  if (source === undefined) return;
  const there = await readingOf(target, item.name, listed.get(item.name));
  const verdict = judge(move, source, there);
  // What the target does not list (a killed run left it so) would not be found by the next migration.
  const isUnlisted = verdict === "there" && !listed.has(item.name);
  const taken = verdict === "write" ? source : isUnlisted ? there : undefined;
  if (taken?.kind === "document") await put(withEnd(item, taken.endsAt), taken.value, context);
  if (verdict === "leave") leave(from, item, source, context);
  if (verdict === "conflict") {
    context.blocked.push(
      `${theStore(from)} and ${theStore(target.kind)} hold different secrets as the ${item.label}`,
    );
  }
  if (verdict === "lost") {
    if (context.inUse.has(from)) context.blocked.push(`the ${item.label} ${whyLost(source, from)}`);
    else leave(from, item, source, context);
  }
}

/** @throws UserError when the target does not give back what it took */
async function put(item: StoredItem, value: string, context: MigrationContext): Promise<void> {
  const { target, brought, listed, isSwitched } = context;
  await target.write(item, value);
  const back = await target.read(item.name);
  // Where the target is used already, another process may have put a newer session there.
  const isReplaced = isSwitched && back !== undefined && keyIdOfItem(item.name) === undefined;
  if (back !== value && !isReplaced) {
    throw new UserError(
      `${theStore(target.kind)} did not give back the ${item.label} that was written to it; nothing was removed`,
      { hints: ["see what is wrong: aws-as store status"] },
    );
  }
  brought.set(item.name, value);
  listed.set(item.name, item.expiresAt);
}

function withEnd(item: StoredItem, endsAt: number | undefined): StoredItem {
  return { ...item, ...(endsAt === undefined ? {} : { expiresAt: endsAt }) };
}

/** @throws UserError when not all long-term keys are in the target */
async function checkKeys(
  steps: readonly Step[],
  { blocked, brought, target }: MigrationContext,
): Promise<void> {
  const listed = new Set((await target.list()).map(({ name }) => name));
  for (const step of steps) {
    if (step.do !== "bring" || !step.move.isKey) continue;
    const { name, label } = step.move.item;
    if (brought.has(name) && !listed.has(name))
      blocked.push(`${theStore(target.kind)} does not list the ${label}`);
  }
  const [first, ...more] = blocked;
  if (first === undefined) return;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new UserError(`${first}${others}; nothing was removed, and the same store is used as before`, {
    hints: [
      ...more,
      "see all keys: aws-as keys list",
      `when that is mended, or the key given up by aws-as keys remove: aws-as store migrate --to ${target.kind}`,
    ],
  });
}

/**
 * Takes an item out of a store, read once more right before: what another process wrote there meanwhile is carried over
 * first. A process that writes there after the switch notices the switch, and writes into the target as well.
 */
async function clear(move: Move, context: MigrationContext): Promise<void> {
  const { from, item, isKey } = move;
  const { target, listed, brought, left, say } = context;
  if (left.has(item.name)) return;
  for (let round = 1; round <= rounds; round += 1) {
    const source = await attempt(from, context, (store) => readingOf(store, item.name, item.expiresAt));
    if (source === undefined) return;
    const there = await readingOf(target, item.name, listed.get(item.name));
    const verdict = judge(move, source, there);
    if (verdict === "write" && source.kind === "document") {
      await target.write(withEnd(item, source.endsAt), source.value);
      // Looked at again, and then it is there.
      continue;
    }
    if (verdict === "there" || verdict === "gone") {
      // Somebody forgot the session after it was copied: it must not come back.
      const isForgotten = source.kind === "absent" && !isKey && there.kind === "document";
      if (isForgotten && brought.get(item.name) === there.value) await target.remove(item.name);
      const removed = await attempt(
        from,
        context,
        async (store) => (await store.remove(item.name)) || "nothing",
      );
      if (removed === true) say(`moved the ${item.label} from ${theStore(from)} to ${theStore(target.kind)}`);
      return;
    }
    leave(from, item, source, context);
    return;
  }
  leave(from, item, { kind: "damaged", because: "it changes all the time" }, context);
}

/** What was written into the sources since they were listed. */
async function clearLatecomers(sources: readonly Source[], context: MigrationContext): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    let found = false;
    for (const { kind, only } of sources) {
      const items = (await attempt(kind, context, (store) => store.list())) ?? [];
      const isOurs = ({ name }: StoredItem) => !context.left.has(name) && (only?.has(name) ?? true);
      for (const item of items.filter(isOurs)) {
        found = true;
        await clear({ from: kind, item, isKey: keyIdOfItem(item.name) !== undefined, listed: true }, context);
      }
    }
    if (!found) return;
  }
}

/**
 * Works with a source. Undefined when it fails: what is used must not, but what lies elsewhere is no reason to stop, and
 * neither is anything once the target is used.
 */
async function attempt<T>(
  kind: StoreKind,
  context: MigrationContext,
  work: (store: SecretStore) => Promise<T>,
): Promise<T | undefined> {
  if (context.failed.has(kind)) return undefined;
  try {
    return await work(await context.storeOf(kind));
  } catch (error) {
    if (!(error instanceof UserError) || (context.inUse.has(kind) && !context.isSwitched)) throw error;
    context.failed.add(kind);
    context.warn(`what is in ${theStore(kind)} stays there: ${error.message}`);
    return undefined;
  }
}

function leave(from: StoreKind, item: StoredItem, source: Reading, { left, warn }: MigrationContext): void {
  left.add(item.name);
  warn(`the ${item.label} ${whyLost(source, from)}; it is left there`);
}

function whyLost(source: Reading, from: StoreKind): string {
  if (source.kind === "damaged") return `in ${theStore(from)} cannot be opened: ${source.because}`;
  return `is listed by ${theStore(from)}, and is not in it`;
}

/** @param end as the store listed it; the document itself, where it can be read here, knows better */
async function readingOf(store: SecretStore, name: string, end: number | undefined): Promise<Reading> {
  try {
    const value = await store.read(name);
    if (value === undefined) return { kind: "absent" };
    return { kind: "document", value, endsAt: parseRecord(value)?.expiresAt ?? end };
  } catch (error) {
    if (!(error instanceof ItemDamaged)) throw error;
    return { kind: "damaged", because: error.message };
  }
}
