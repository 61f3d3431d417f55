import type { Acting } from "../credentials/act-as.ts";
import type { Change, Memory, Note } from "../emit/change.ts";
import { timestamp } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import {
  checksum,
  type Displaced,
  displacedNow,
  isInForce,
  type Place,
  type Remembered,
  readRemembered,
  toolsThatSet,
  written,
} from "./memory.ts";

/** What a shell or a command shall act as: credentials with their end in RFC 3339, under a name. */
export interface Target {
  readonly identity: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  /** Absent: the identity says nothing about a region. */
  readonly region?: string | undefined;
  /** Twelve digits. Absent: no ARN tells it. */
  readonly accountId?: string | undefined;
  /** A person had to agree. */
  readonly isProtected?: boolean;
}

/** The identity with the credentials that were got for it. Reveals them. */
export function targetOf({ identity, plan, session }: Acting, region?: string): Target {
  return {
    identity: identity.name,
    accessKeyId: session.credentials.accessKeyId,
    secretAccessKey: session.credentials.secretAccessKey.reveal(),
    sessionToken: session.credentials.sessionToken.reveal(),
    expiration: timestamp(session.expiresAt),
    region: region ?? identity.settings.get("region")?.value,
    accountId: plan.accountId,
    isProtected: identity.guard?.protected !== undefined,
  };
}

/**
 * What a switch removes: what would beat the credentials, name another account or scope for them, or tell of other
 * credentials' end. docs/protocol.md has the reasons, and what is left alone.
 */
export const rivals = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_EB_PROFILE",
  "AWS_SECURITY_TOKEN",
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_CREDENTIAL_SCOPE",
  "AWS_SESSION_EXPIRATION",
];

/** How a client asks for credentials over HTTP: what AWS sets in containers, and `exec --renew` for a command. */
const served = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] as const;

const credentials = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
];

/** Whose endpoints SDKs use. Set where the identity's account is known, else removed. */
const account = "AWS_ACCOUNT_ID";

const regions = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/** What a switch may displace, and leaving gives back from what the functions keep. */
export const displaceable: readonly string[] = [...rivals, account, ...credentials];

/**
 * The name this shell acts under; the key id that the name belongs to; the region that we set, if we did; checksums of
 * what we set, and the user's own region; what the shell functions remember, which they hand to this program alone.
 */
export const ours = {
  identity: "AWS_AS_IDENTITY",
  accessKeyId: "AWS_AS_ACCESS_KEY_ID",
  region: "AWS_AS_REGION",
  marks: "AWS_AS_MARKS",
  memory: "AWS_AS_MEMORY",
} as const;

/** What a switch sets. */
export const provided = {
  credentials: [...credentials, account],
  regions,
  marks: [ours.identity, ours.accessKeyId, ours.region, ours.marks],
} as const;

/**
 * The changes that make a shell act as the target, removals first. Pure. Rivals are removed whether this process sees
 * them or not, for the text may be kept and evaluated elsewhere.
 */
export function changesTo(target: Target, place: Place): Change[] {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = target;
  return changesWith(target, place, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: expiration,
  });
}

/** The same for a long-term key, which has neither a token nor an end. Pure. */
export function changesToKey(target: Omit<Target, "sessionToken" | "expiration">, place: Place): Change[] {
  const { accessKeyId, secretAccessKey } = target;
  return changesWith(target, place, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
}

/** The same for credentials that clients get over HTTP, each time anew, from that address with that token. Pure. */
export function changesToServed(
  target: Pick<Target, "identity" | "region" | "accountId" | "isProtected">,
  place: Place,
  { url, token }: { readonly url: string; readonly token: string },
): Change[] {
  return changesWith(target, place, { [served[0]]: url, [served[1]]: token });
}

function changesWith(
  target: Pick<Target, "identity" | "region" | "accountId" | "isProtected">,
  place: Place,
  given: Readonly<Record<string, string>>,
): Change[] {
  const { region, accountId } = target;
  const values = Object.entries({ ...given, ...(accountId === undefined ? {} : { [account]: accountId }) });
  const sums = new Map(values.map(([name, value]) => [name, checksum(value)]));
  const displaced = region === undefined ? new Map() : displacedRegions(place);
  const back = region === undefined ? regionOfOurs(place) : [];
  const key = given["AWS_ACCESS_KEY_ID"];
  return [
    ...displaceable.filter((name) => !sums.has(name)).map(unset),
    ...back.filter(({ kind }) => kind === "unset"),
    ...values.map(([name, value]) => set(name, value)),
    ...back.filter(({ kind }) => kind === "set"),
    ...(region === undefined ? [] : [...regions, ours.region].map((name) => set(name, region))),
    set(ours.identity, target.identity),
    key === undefined ? unset(ours.accessKeyId) : set(ours.accessKeyId, key),
    set(ours.marks, written({ sums, displaced, notes: target.isProtected ? { protected: "1" } : {} })),
  ];
}

/**
 * The changes that give a shell new credentials of the identity that it acts as, and change nothing else: its region is the
 * one of the switch, or one that the user has set since. Pure.
 */
export function changesToRenew(target: Target, place: Place): Change[] {
  const { displaced } = readRemembered(place.env[ours.marks]);
  const kept = [...regions, ours.region, ours.identity, ...rivals];
  return changesTo({ ...target, region: undefined }, place).flatMap((change) => {
    if (change.name === ours.marks && change.kind === "set") {
      const { sums, notes } = readRemembered(change.value);
      return set(ours.marks, written({ sums, displaced, notes }));
    }
    return kept.includes(change.name) ? [] : change;
  });
}

/**
 * The changes that leave nothing of ours in a shell: what we set goes, the region that it displaced comes back, and
 * nothing else changes. What somebody put there after us stays. Pure.
 */
export function changesToNothing(place: Place): Change[] {
  const { env } = place;
  return [
    ...[...credentials, account, ...served].filter((name) => isOurs(name, env)).map(unset),
    ...regionOfOurs(place),
    ...[ours.identity, ours.accessKeyId, ours.marks].filter((name) => env[name] !== undefined).map(unset),
  ];
}

/**
 * What the shell functions have to remember before a switch, so that leaving can give it back: whatever the switch
 * displaces that is the user's own, credentials as a whole; and where each of it held. Pure.
 */
export function displacedBy(place: Place, identity: string): Memory[] {
  const { env } = place;
  const before = readRemembered(env[ours.memory]);
  const isOwn = (name: string) => env[name] !== undefined && !isOurs(name, env);
  const hasOwnKeys = env[ours.identity] === undefined ? credentials.some(isOwn) : changedByHand(env);
  const keys = hasOwnKeys
    ? credentials.map((name): Memory => (isOwn(name) ? keep(name) : { kind: "forget", name }))
    : [];
  const changes = [...[...rivals, account].filter(isOwn).map(keep), ...keys];
  const displaced = new Map(before.displaced);
  for (const { kind, name } of changes) {
    if (kind === "forget") displaced.delete(name);
    else displaced.set(name, displacedNow(name, shownOf(name, env), place, before.sums));
  }
  const notes = previousBy(place, identity);
  return [...changes, memoryNote({ sums: before.sums, displaced, notes })];
}

/** What is remembered beside that when the shell comes to act as this identity, or as nobody: the one that it acted as. */
function previousBy({ env }: Place, identity: string | undefined): Remembered["notes"] {
  const acting = env[ours.identity];
  const { previous } = readRemembered(env[ours.memory]).notes;
  const last = acting === undefined || acting === identity ? previous : acting;
  return last === undefined ? {} : { previous: last };
}

/**
 * The identity that the shell acted as before the one of now, or before it came to act as nobody.
 *
 * @throws UserError where there was none
 */
export function previousIn(env: Environment): string {
  const { previous } = readRemembered(env[ours.memory]).notes;
  if (previous !== undefined) return previous;
  throw new UserError("this shell has acted as no other identity before", {
    hints: ["the identities that it can act as: aws-as list"],
  });
}

/** The same where a shell comes to act as nobody, which displaces nothing. */
export function rememberedByNobody(place: Place): Memory {
  return memoryNote({ ...readRemembered(place.env[ours.memory]), notes: previousBy(place, undefined) });
}

/** The same where the last renewal has failed for this reason; undefined: it has not. */
export function rememberedOfRenewal({ env }: Place, failure: string | undefined): Memory {
  const before = readRemembered(env[ours.memory]);
  const { failure: _, ...notes } = before.notes;
  return memoryNote({ ...before, notes: failure === undefined ? notes : { ...notes, failure } });
}

/** How a shell leaves aws-as for good. */
export interface Leaving {
  readonly changes: readonly (Change | Memory)[];
  /** Of what was displaced, what does not come back because it is no longer in force: as `NAME=value`, or `NAME`. */
  readonly ended: readonly string[];
  /** What comes back. */
  readonly back: readonly string[];
}

/** The changes with which a shell leaves aws-as for good: ours go, and what they displaced comes back. Pure. */
export function changesToLeave(place: Place): Leaving {
  const { env } = place;
  const removals = changesToNothing(place);
  const removed = new Set(removals.map(({ name }) => name));
  const { displaced } = readRemembered(env[ours.memory]);
  const isFree = (name: string) => env[name] === undefined || removed.has(name);
  // Whoever cleared the credentials that we had set meant those of before no less.
  const isCleared = env[ours.identity] !== undefined && env["AWS_ACCESS_KEY_ID"] === undefined;
  // A key id without its own secret would be worse than none.
  const keys = credentials.every(isFree) && !isCleared ? credentials : [];
  const free = [...rivals, account].filter(isFree).concat(keys);
  const holds = (name: string) => {
    const known = displaced.get(name);
    return known === undefined || isInForce(name, known, place);
  };
  const isWhole = credentials.every(holds);
  const restored = new Set(free.filter((name) => (credentials.includes(name) ? isWhole : holds(name))));
  const told = (names: readonly string[]) =>
    names.flatMap((name) => {
      const { shown } = displaced.get(name) ?? {};
      return shown === undefined ? [] : [shown === "" ? name : `${name}=${shown}`];
    });
  return {
    changes: [
      ...removals,
      ...displaceable.map(
        (name): Memory => (restored.has(name) ? { kind: "restore", name } : { kind: "forget", name }),
      ),
    ],
    back: told([...restored]).concat(comesBack(removals)),
    ended: told(free.filter((name) => !restored.has(name))),
  };
}

/** The variables among the changes that get a value of the user's again, as `NAME=value`. */
export function comesBack(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => (change.kind === "set" ? [`${change.name}=${change.value}`] : []));
}

/** What the functions are to remember of a shell that is activated now: which variables are its own, by checksums. */
export function rememberedAtStart(place: Place): string {
  const { env } = place;
  const { displaced } = readRemembered(env[ours.marks]);
  const own = [...displaceable, ...regions].flatMap((name): [string, string][] => {
    const value = displaced.get(name)?.shown ?? env[name];
    if (value === undefined || isOurs(name, env) || toolsThatSet(name, place) !== "") return [];
    return [[name, checksum(value)]];
  });
  return written({ sums: new Map(own), displaced: new Map(), notes: {} });
}

/**
 * What the prompt is to know of a shell that acts, or will act, by these variables. A prompt shows the characters of a
 * name that no shell, terminal or prompt framework takes for anything else; `_` stands for every other.
 *
 * @param renewAt from when a renewal is tried, in milliseconds since 1970; infinite: never; undefined: that is not known
 */
export function notesOf(env: Environment, renewAt?: number): Memory[] {
  const identity = env[ours.identity];
  const key = env[ours.accessKeyId];
  const until = Date.parse(env["AWS_CREDENTIAL_EXPIRATION"] ?? "");
  if (identity === undefined || key === undefined || Number.isNaN(until)) return [];
  return [
    note("shown", withShortLimits(identity).replace(/[^A-Za-z0-9_+=.,@:/-]/gu, "_")),
    note("of", identity),
    note("key", key),
    note("until", String(Math.floor(until / 1000))),
    renewNote(renewAt ?? until - usualMarginMs),
  ];
}

/** `my-role1:read-only` for `my-role1:limit=read-only`; a policy in a file is `my-role1:limited`. */
function withShortLimits(name: string): string {
  const [base = "", ...limits] = name.split(":limit=");
  return [base, ...limits.map((limit) => (/^[a-z-]+$/.test(limit) ? limit : "limited"))].join(":");
}

/** Milliseconds before their end from which most credentials are renewed. The program, once it is asked, knows better. */
const usualMarginMs = 20 * 60_000;

/** @param at milliseconds since 1970; infinite: never */
export function renewNote(at: number): Memory {
  return note("renew", Number.isFinite(at) ? String(Math.floor(at / 1000) + 1) : "");
}

/** True when the credentials in the shell are no longer the ones that our name for them was given with. */
export function changedByHand(env: Environment): boolean {
  const marked = env[ours.accessKeyId];
  return (
    marked !== undefined && env["AWS_ACCESS_KEY_ID"] !== undefined && env["AWS_ACCESS_KEY_ID"] !== marked
  );
}

/** Credentials of ours that were left beside others that somebody put there since. */
export function leftBehind(env: Environment): string[] {
  return changedByHand(env) ? [...credentials, account].filter((name) => isOurs(name, env)) : [];
}

/** True when a variable holds what we put there. */
function isOurs(name: string, env: Environment): boolean {
  const value = env[name];
  if (value === undefined || env[ours.identity] === undefined) return false;
  if (regions.includes(name)) return value === env[ours.region];
  if (credentials.includes(name) && !changedByHand(env)) return true;
  return readRemembered(env[ours.marks]).sums.get(name) === checksum(value);
}

/** The user's own region, which a switch to an identity with a region displaces. */
function displacedRegions(place: Place): Remembered["displaced"] {
  const { env } = place;
  const before = readRemembered(env[ours.marks]).displaced;
  // Without functions nobody knows what the shell began with, and a region that is lost is worse than one too many.
  const own = env[ours.memory] === undefined ? undefined : readRemembered(env[ours.memory]).sums;
  return new Map(
    regions.flatMap((name): [string, Displaced][] => {
      const value = env[name];
      if (value !== undefined && (env[ours.region] === undefined || value !== env[ours.region])) {
        return [[name, displacedNow(name, value, place, own ?? new Map([[name, checksum(value)]]))]];
      }
      const kept = before.get(name);
      return kept === undefined || value === undefined ? [] : [[name, kept]];
    }),
  );
}

/** Takes back the region variables that still hold what we put there, and gives back what they held before. */
function regionOfOurs(place: Place): Change[] {
  const { env } = place;
  const region = env[ours.region];
  if (region === undefined) return [];
  const { displaced } = readRemembered(env[ours.marks]);
  return [
    ...regions
      .filter((name) => env[name] === region)
      .map((name) => {
        const kept = displaced.get(name);
        return kept !== undefined && isInForce(name, kept, place) ? set(name, kept.shown) : unset(name);
      }),
    unset(ours.region),
  ];
}

/** What a person may be shown of a variable that comes back: nothing that is a secret. */
function shownOf(name: string, env: Environment): string {
  const value = env[name] ?? "";
  if (name === "AWS_ACCESS_KEY_ID") return `\u2026${value.slice(-4)}`;
  return /PROFILE$|^AWS_ACCOUNT_ID$|^AWS_ROLE_ARN$/.test(name) ? value : "";
}

function memoryNote(remembered: Remembered): Memory {
  return note("memory", written(remembered));
}

function note(name: Note, value: string): Memory {
  return { kind: "note", name, value };
}

function keep(name: string): Memory {
  return { kind: "keep", name };
}

function set(name: string, value: string): Change {
  return { kind: "set", name, value };
}

function unset(name: string): Change {
  return { kind: "unset", name };
}
