import type { SessionCredentials } from "../aws/aws.ts";
import type { RoleHop } from "../config/resolve/identity.ts";
import { Secret } from "../system/secret.ts";
import { sha256Hex } from "../system/sha256.ts";

/** The name of a cached session in the store, with a label for a person's eyes. */
export interface ItemName {
  readonly name: string;
  readonly label: string;
}

/** What a base session depends on. */
export interface SessionKeyParts {
  readonly endpointKey: string;
  readonly accessKeyId: string;
  readonly device?: string | undefined;
  /** Seconds; undefined where a role is assumed straight from the key. */
  readonly durationSeconds?: number | undefined;
}

/**
 * The cache key of a base session: everything that shapes the answer is in the name, so that a session
 * obtained under another configuration is not found. The profile's name is only shown.
 */
export function baseSessionItem(keyParts: SessionKeyParts, profile: string): ItemName {
  const tail = keyParts.accessKeyId.slice(-4);
  return {
    name: `session of key ${tail} ${fingerprint(["base-session", valuesOf(keyParts)])}`,
    label: `session of user ${profile} (key …${tail})`,
  };
}

/** The cache key of what a source gave; `keyParts.accessKeyId` stands for the source; `text` is only shown. */
export function sourceItem(keyParts: SessionKeyParts, text: string): ItemName {
  return {
    name: `session of source ${fingerprint(["source", valuesOf(keyParts)])}`,
    label: `session of ${text}`,
  };
}

/** Whether an item of the store is the base session of this key, or of a key with the same last four characters. */
export function isSessionOfKey(name: string, accessKeyId: string): boolean {
  return name.startsWith(`session of key ${accessKeyId.slice(-4)} `);
}

/** The cache key of a role session: its root, how the first role is assumed, and the whole chain of roles. */
export function roleSessionItem(
  keyParts: SessionKeyParts,
  chain: readonly RoleHop[],
  first: { readonly with: string; readonly device?: string | undefined },
): ItemName {
  const role = chain.at(-1)?.roleArn ?? "";
  const [, , , , account = "", resource = ""] = role.split(":");
  const short = `${resource.split("/").at(-1)} in ${account}`;
  const parts = ["role", valuesOf(keyParts), first.with, first.device ?? null, chain.map(hopParts)];
  const { policy, policyArns } = chain.at(-1) ?? {};
  const limited = policy === undefined && policyArns === undefined ? "" : ", limited";
  return { name: `role ${short} ${fingerprint(parts)}`, label: `session of role ${short}${limited}` };
}

/** The name of the lock, and of what is remembered, for everything that starts from one key. */
export function baseIdentity(endpointKey: string, accessKeyId: string): string {
  return fingerprint(["base-identity", endpointKey, accessKeyId]);
}

function valuesOf(keyParts: SessionKeyParts): unknown[] {
  return [
    keyParts.endpointKey,
    keyParts.accessKeyId,
    keyParts.device ?? null,
    keyParts.durationSeconds ?? null,
  ];
}

function hopParts(hop: RoleHop): unknown[] {
  return [
    hop.roleArn,
    hop.roleSessionName ?? null,
    hop.externalId ?? null,
    hop.durationSeconds ?? null,
    hop.policy ?? null,
    hop.policyArns ?? null,
    hop.sourceIdentity ?? null,
    hop.tags === undefined ? null : Object.entries(hop.tags).sort(([a], [b]) => (a < b ? -1 : 1)),
    hop.transitiveTagKeys ?? null,
  ];
}

/**
 * A short name for a list of parts, fit for a file name. JSON keeps the parts apart, so that different lists give
 * different names. node:crypto is not used: every cache hit comes through here, and loading it costs milliseconds.
 */
export function fingerprint(parts: readonly unknown[]): string {
  return sha256Hex(JSON.stringify(parts)).slice(0, 32);
}

/** When a session was obtained and when it expires, in milliseconds since 1970. */
export interface Span {
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** A session as it is stored. */
export interface CachedSession extends Span {
  readonly credentials: SessionCredentials;
  /** The region whose STS gave it; undefined for sessions of older versions. */
  readonly region?: string | undefined;
  /** The sign-in that it was got with, where another program signs in and out: `signInOf` in sources/. */
  readonly signIn?: string | undefined;
}

/** The JSON document of a session, version 1. Times are milliseconds since 1970. */
export function printRecord(session: CachedSession): string {
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  return JSON.stringify({
    version: 1,
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    sessionToken: sessionToken.reveal(),
    obtainedAt: session.obtainedAt,
    expiresAt: session.expiresAt,
    region: session.region,
    signIn: session.signIn,
  });
}

/** Reads a document; undefined, which counts as absent, for one that is incomplete or of another version. */
export function parseRecord(text: string): CachedSession | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const record = raw as Record<string, unknown>;
  const { version, accessKeyId, secretAccessKey, sessionToken, obtainedAt, expiresAt, region, signIn } =
    record;
  if (
    version !== 1 ||
    !isText(accessKeyId) ||
    !isText(secretAccessKey) ||
    !isText(sessionToken) ||
    !isTime(obtainedAt) ||
    !isTime(expiresAt)
  ) {
    return undefined;
  }
  return {
    obtainedAt,
    expiresAt,
    credentials: {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      sessionToken: new Secret(sessionToken),
      expiresAt,
    },
    region: isText(region) ? region : undefined,
    signIn: isText(signIn) ? signIn : undefined,
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTime(value: unknown): value is number {
  // No date of JavaScript is farther away.
  return typeof value === "number" && Math.abs(value) <= 8.64e15;
}

/** The fingerprint at the end of an item's name, which is fit for a file's name. */
export function fileName(item: string): string {
  return item.slice(item.lastIndexOf(" ") + 1);
}
