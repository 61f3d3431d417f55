import type { SessionCredentials } from "../aws/aws.ts";
import { Secret } from "../system/secret.ts";
import type { Span } from "./expiry.ts";

/** A session as it is stored. */
export interface CachedSession extends Span {
  readonly credentials: SessionCredentials;
  /** The region whose STS gave it; undefined for sessions of older versions. */
  readonly region?: string | undefined;
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
  const { version, accessKeyId, secretAccessKey, sessionToken, obtainedAt, expiresAt, region } = record;
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
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
