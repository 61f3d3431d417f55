import { isSignedIn, ssoSignInOf, ssoTokenPath } from "../../aws/sso-token.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import type { Identity } from "../../config/resolve/identity.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { passedOver } from "../../config/resolve/unread.ts";
import { actingAs } from "../../credentials/acting.ts";
import {
  deviceFromMemory,
  type FindDevice,
  identitiesHere,
  itemsFor,
  planFromMemory,
  planWithoutDevice,
  signInsOnce,
} from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig } from "../../machine/open.ts";
import { stanzasByIdentity } from "../../profiles/stanzas.ts";
import { itemsByName } from "../../session/foresee.ts";
import type { KnownDevice } from "../../session/plan.ts";
import type { StoredItem, StoreKind } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { type Entry, entryOf, type Resolved } from "./entry.ts";

/** The identities, and the state of the store that lists their sessions. */
export interface Listing {
  readonly entries: readonly Entry[];
  /** `kind` null: what is asked for is no store. `because`: why it does not list what it has; null: it does. */
  readonly store: { readonly kind: StoreKind | null; readonly because: string | null };
  /** What there is in the files beside them, and in the project's where it is not used, for the person. */
  readonly passedOver: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** All identities as they are now. Makes no network call, asks no question, reads no secret; the store is listed once. */
export async function gather(machine: Machine): Promise<Listing> {
  const config = await readConfig(machine);
  const { items: listed, store } = await listStore(config, machine);
  const now = machine.clock.now();
  const byName = itemsByName(listed);
  const surroundings = {
    stanzas: stanzasByIdentity(config),
    acting: actingAs(machine.env),
    now,
  };
  const signIns = signInsOnce(machine);
  const memory = { find: onceForEachKey(), signIns: new Map<string, Promise<boolean>>() };
  const entries: Entry[] = [];
  const { identities, unused } = await identitiesHere(config, machine);
  for (const identity of identities) {
    const found = await findOne(identity.name, config, machine, memory);
    const items = "plan" in found ? await itemsFor(found.plan, byName, signIns) : byName;
    entries.push(entryOf(identity, found, { ...surroundings, items }));
  }
  return {
    entries,
    store,
    passedOver: [passedOver(config), unused].filter((text) => text !== undefined),
    now,
  };
}

/** What has been found for one identity and holds for others. */
interface Memory {
  readonly find: FindDevice;
  /** Whether somebody is signed in, by the session's name or start URL. */
  readonly signIns: Map<string, Promise<boolean>>;
}

/** An error of one identity is listed in its place, with the other identities. */
async function findOne(
  name: string,
  config: AwsConfig,
  machine: Machine,
  { find, signIns }: Memory,
): Promise<Resolved> {
  try {
    const identity = resolveIdentity(config, name);
    const plan = await planFromMemory(identity, config, machine, find);
    return {
      name: identity.name,
      plan: plan ?? (await planWithoutDevice(identity, config, machine)),
      deviceKnown: plan !== undefined,
      source: sourceOf(identity),
      signedIn: await signedIn(identity, machine, signIns),
      guard: identity.guard,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { error };
  }
}

/** Whether somebody is signed in to Identity Center for it; undefined where that is not what it needs. */
async function signedIn(
  { root }: Identity,
  { readFile, home, clock }: Machine,
  known: Memory["signIns"],
): Promise<boolean | undefined> {
  if (root.kind !== "sso") return undefined;
  const key = root.session ?? root.startUrl;
  const look = async () => {
    // What cannot be read counts as nothing: the next call tells more.
    const bytes = await readFile(ssoTokenPath(home, key)).catch(() => undefined);
    return isSignedIn(ssoSignInOf(bytes?.toString("utf8")), clock.now());
  };
  const found = known.get(key) ?? look();
  known.set(key, found);
  return await found;
}

/** The name of what the last role is assumed with; undefined for a root, and for a role that is its own. */
function sourceOf({ name, root, hops, limits }: Identity): string | undefined {
  if (limits !== undefined) return limits.at(-2)?.profile ?? hops.at(-1)?.profile ?? root.profile;
  const source = hops.length > 1 ? hops.at(-2)?.profile : root.profile;
  return source === name ? undefined : source;
}

/** The roles of a user are many: what is known of its device is looked for once. */
function onceForEachKey(): FindDevice {
  const known = new Map<string, Promise<KnownDevice>>();
  return (owner, config, machine) => {
    const key = JSON.stringify([owner.endpointKey, owner.accessKeyId, owner.profile]);
    const found = known.get(key) ?? deviceFromMemory(owner, config, machine);
    known.set(key, found);
    return found;
  };
}

async function listStore(
  config: AwsConfig,
  machine: Machine,
): Promise<{ items: readonly StoredItem[]; store: Listing["store"] }> {
  let kind: StoreKind | null = null;
  try {
    const store = openStore(config, machine);
    kind = store.kind;
    const items = await store.list();
    return { items, store: { kind: store.kind, because: null } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { items: [], store: { kind, because: error.message } };
  }
}
