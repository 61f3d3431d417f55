import { Secret } from "../system/secret.ts";
import type { CallerIdentity, CreatedKey, ListedKey, SessionCredentials } from "./aws.ts";
import type { Exchange } from "./network.ts";
import { garbageError } from "./service-errors.ts";
import { clockSkewError, serverTime } from "./skew.ts";

/** What the SDK makes of a Credentials element; every part may be missing. */
export interface RawCredentials {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
  Expiration?: Date | undefined;
}

const tenMinutes = 10 * 60_000;

/** Checks that all parts are there and that the session still lives. Fails with an AwsError. */
export function sessionFrom(
  raw: RawCredentials | undefined,
  exchange: Exchange,
  at: { now: number; platform: string },
): SessionCredentials {
  const accessKeyId = text(raw?.AccessKeyId, "AccessKeyId", exchange);
  const secretAccessKey = text(raw?.SecretAccessKey, "SecretAccessKey", exchange);
  const sessionToken = text(raw?.SessionToken, "SessionToken", exchange);
  const expiresAt = raw?.Expiration instanceof Date ? raw.Expiration.getTime() : Number.NaN;
  if (Number.isNaN(expiresAt)) throw garbageError(exchange, undefined, "no valid Expiration");
  if (expiresAt <= at.now) {
    const { answer, place } = exchange;
    const there = answer === undefined ? undefined : serverTime(answer);
    if (answer !== undefined && Math.abs((there ?? at.now) - at.now) > tenMinutes) {
      throw clockSkewError(place?.host ?? "AWS", answer, at.now, at.platform);
    }
    throw garbageError(exchange, undefined, "credentials that are over already");
  }
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    expiresAt,
  };
}

/** Checks that account, ARN and user id are there. Fails with an AwsError. */
export function callerFrom(
  raw: { Account?: string | undefined; Arn?: string | undefined; UserId?: string | undefined },
  exchange: Exchange,
): CallerIdentity {
  return {
    account: text(raw.Account, "Account", exchange),
    arn: text(raw.Arn, "Arn", exchange),
    userId: text(raw.UserId, "UserId", exchange),
  };
}

/** A member that must be there, in printable ASCII: it goes into headers, documents and shell code. */
export function text(value: unknown, member: string, exchange: Exchange): string {
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  throw garbageError(exchange, undefined, `no valid ${member}`);
}

/** What the SDK makes of a key's elements. */
interface RawKey {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  Status?: string | undefined;
  CreateDate?: Date | undefined;
}

/** Checks that id, status and date of a listed key are there. Fails with an AwsError. */
export function listedKeyFrom(raw: RawKey, exchange: Exchange): ListedKey {
  return {
    accessKeyId: text(raw.AccessKeyId, "AccessKeyId", exchange),
    active: text(raw.Status, "Status", exchange) === "Active",
    createdAt: dateOf(raw, exchange),
  };
}

/** Checks that id and secret of a new key are there. Fails with an AwsError. */
export function createdKeyFrom(raw: RawKey | undefined, exchange: Exchange): CreatedKey {
  return {
    accessKeyId: text(raw?.AccessKeyId, "AccessKeyId", exchange),
    secretAccessKey: new Secret(text(raw?.SecretAccessKey, "SecretAccessKey", exchange)),
    createdAt: dateOf(raw, exchange),
  };
}

function dateOf(raw: RawKey | undefined, exchange: Exchange): number {
  const time = raw?.CreateDate instanceof Date ? raw.CreateDate.getTime() : Number.NaN;
  if (Number.isNaN(time)) throw garbageError(exchange, undefined, "no valid CreateDate");
  return time;
}
