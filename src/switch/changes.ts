import type { Change } from "../emit/change.ts";
import type { Environment } from "../system/environment.ts";

/** What this shell shall act as: credentials with their end in RFC 3339, under a name. */
export interface Target {
  readonly identity: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  /** Absent: the identity says nothing about a region. */
  readonly region?: string;
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

function unset(name: string): Change {
  return { kind: "unset", name };
}
