import { isWord } from "../system/printable.ts";
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

/** A member that must be there, and be one word. */
export function text(value: unknown, member: string, exchange: Exchange): string {
  if (isWord(value)) return value;
  throw garbageError(exchange, undefined, `no valid ${member}`);
}

/** What the SDK makes of a key's elements. */
interface RawKey {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  Status?: string | undefined;
  CreateDate?: Date | undefined;
}

/** What the SDK makes of the element that tells of a key's use. */
interface RawLastUsed {
  LastUsedDate?: Date | undefined;
  ServiceName?: string | undefined;
}

/** Checks that id, status and date of a listed key are there. Fails with an AwsError. */
export function listedKeyFrom(raw: RawKey, exchange: Exchange): ListedKey {
  const createdAt = timeOf(raw.CreateDate);
  if (createdAt === undefined) throw garbageError(exchange, undefined, "no valid CreateDate");
  return {
    accessKeyId: text(raw.AccessKeyId, "AccessKeyId", exchange),
    active: text(raw.Status, "Status", exchange) === "Active",
    createdAt,
  };
}

/**
 * Checks that id and secret of a new key are there. Fails with an AwsError. Its date may be missing: the secret is told
 * this once, and nothing less than its absence is a reason to throw it away.
 */
export function createdKeyFrom(raw: RawKey | undefined, exchange: Exchange, now: number): CreatedKey {
  return {
    accessKeyId: text(raw?.AccessKeyId, "AccessKeyId", exchange),
    secretAccessKey: new Secret(text(raw?.SecretAccessKey, "SecretAccessKey", exchange)),
    createdAt: timeOf(raw?.CreateDate) ?? now,
  };
}

/** Checks that the answer says when a key was last used, or that it never was. Fails with an AwsError. */
export function lastUsedFrom(raw: RawLastUsed | undefined, exchange: Exchange): number | undefined {
  const time = timeOf(raw?.LastUsedDate);
  if (time === undefined && raw?.ServiceName === undefined) {
    throw garbageError(exchange, undefined, "no AccessKeyLastUsed");
  }
  return time;
}

/**
 * Checks that an answer without members is the one to this call: the SDK takes anything for one that has status 200,
 * a login page too. Fails with an AwsError.
 */
export function checkEmptyAnswer(name: string, exchange: Exchange): void {
  const { answer } = exchange;
  const start = Buffer.from(answer?.body.subarray(0, 512) ?? []).toString("latin1");
  if (!new RegExp(`^\\s*(<\\?xml[^>]*\\?>\\s*)?<${name}Response[\\s>]`).test(start)) {
    throw garbageError(exchange, undefined, `no ${name}Response`);
  }
}

function timeOf(date: Date | undefined): number | undefined {
  const time = date instanceof Date ? date.getTime() : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
