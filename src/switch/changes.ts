import type { Change, Memory, Note } from "../emit/change.ts";
import type { Environment } from "../system/environment.ts";

/** What this shell shall act as: credentials with their end in RFC 3339, under a name. */
export interface Target {
  readonly identity: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  /** Absent: the identity says nothing about a region. */
  readonly region?: string | undefined;
}

/**
 * Variables that would beat the credentials, or confuse a client about whose they are. botocore prefers
 * AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN; JavaScript and .NET prefer AWS_PROFILE to keys.
 */
const rivals = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SECURITY_TOKEN",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

const credentials = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
];

const regions = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/** What a switch may displace, and leaving gives back. */
export const displaceable: readonly string[] = [...rivals, ...regions, ...credentials];

/** The name this shell acts under; the key id that the name belongs to; the region that we set, if we did. */
export const ours = {
  identity: "AWS_AS_IDENTITY",
  accessKeyId: "AWS_AS_ACCESS_KEY_ID",
  region: "AWS_AS_REGION",
} as const;

/**
 * The changes that make a shell act as the target, removals first. Pure. Rivals are removed whether this process sees
 * them or not, for the text may be kept and evaluated elsewhere.
 */
export function changesTo(target: Target, env: Environment): Change[] {
  const region = target.region;
  const set = (name: string, value: string): Change => ({ kind: "set", name, value });
  return [
    ...rivals.map(unset),
    ...(region === undefined ? regionOfOurs(env) : []),
    set("AWS_ACCESS_KEY_ID", target.accessKeyId),
    set("AWS_SECRET_ACCESS_KEY", target.secretAccessKey),
    set("AWS_SESSION_TOKEN", target.sessionToken),
    set("AWS_CREDENTIAL_EXPIRATION", target.expiration),
    ...(region === undefined ? [] : [...regions, ours.region].map((name) => set(name, region))),
    set(ours.identity, target.identity),
    set(ours.accessKeyId, target.accessKeyId),
  ];
}

/**
 * The changes that leave nothing of ours in a shell: what we set goes, and nothing else. Credentials that somebody
 * put there after us, which the key id tells, stay. Pure.
 */
export function changesToNothing(env: Environment): Change[] {
  const mine = env[ours.identity] !== undefined && !changedByHand(env);
  return [
    ...(mine ? credentials.filter((name) => env[name] !== undefined).map(unset) : []),
    ...regionOfOurs(env),
    ...[ours.identity, ours.accessKeyId].filter((name) => env[name] !== undefined).map(unset),
  ];
}

/**
 * What the shell functions have to remember before a switch, so that leaving can give it back: whatever the switch
 * displaces that is the user's own, credentials as a whole. Pure.
 */
export function displacedBy(target: Target, env: Environment): Memory[] {
  const present = (name: string) => env[name] !== undefined;
  const ownRegion = (name: string) => env[name] !== env[ours.region];
  const region = target.region === undefined ? [] : regions;
  return [
    ...rivals.filter(present).map(keep),
    ...region.filter((name) => present(name) && ownRegion(name)).map(keep),
    ...(hasOwnCredentials(env)
      ? credentials.map((name): Memory => (present(name) ? keep(name) : { kind: "forget", name }))
      : []),
  ];
}

/** The changes with which a shell leaves aws-as for good: ours go, and what they displaced comes back. Pure. */
export function changesToLeave(env: Environment): (Change | Memory)[] {
  const removals = changesToNothing(env);
  const removed = new Set(removals.map(({ name }) => name));
  const isFree = (name: string) => env[name] === undefined || removed.has(name);
  // A key id without its own secret would be worse than none.
  const keys = credentials.every(isFree) ? credentials : [];
  const restored = new Set([...rivals, ...regions].filter(isFree).concat(keys));
  return [
    ...removals,
    ...displaceable.map(
      (name): Memory => (restored.has(name) ? { kind: "restore", name } : { kind: "forget", name }),
    ),
  ];
}

/**
 * What the prompt is to know of a shell that acts, or will act, by these variables. A prompt shows the characters of a
 * name that no shell, terminal or prompt framework takes for anything else; `_` stands for every other.
 */
export function notesOf(env: Environment): Memory[] {
  const identity = env[ours.identity];
  const key = env[ours.accessKeyId];
  const until = Date.parse(env["AWS_CREDENTIAL_EXPIRATION"] ?? "");
  if (identity === undefined || key === undefined || Number.isNaN(until)) return [];
  const note = (name: Note, value: string): Memory => ({ kind: "note", name, value });
  return [
    note("shown", identity.replace(/[^A-Za-z0-9_+=.,@:/-]/gu, "_")),
    note("of", identity),
    note("key", key),
    note("until", String(Math.floor(until / 1000))),
  ];
}

/** True when the credentials in the shell are no longer the ones that our name for them was given with. */
export function changedByHand(env: Environment): boolean {
  const marked = env[ours.accessKeyId];
  return (
    marked !== undefined && env["AWS_ACCESS_KEY_ID"] !== undefined && env["AWS_ACCESS_KEY_ID"] !== marked
  );
}

/** Takes back the region variables that still hold what we put there. */
function regionOfOurs(env: Environment): Change[] {
  const region = env[ours.region];
  if (region === undefined) return [];
  return [...regions.filter((name) => env[name] === region), ours.region].map(unset);
}

/** Credentials that the shell has from somebody else. */
function hasOwnCredentials(env: Environment): boolean {
  if (env[ours.identity] === undefined) return credentials.some((name) => env[name] !== undefined);
  return changedByHand(env);
}

function keep(name: string): Memory {
  return { kind: "keep", name };
}

function unset(name: string): Change {
  return { kind: "unset", name };
}
