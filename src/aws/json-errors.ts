import { AwsError, type AwsErrorKind } from "./aws-error.ts";
import type { Exchange } from "./network.ts";
import { proxyRefused, transportError } from "./network-errors.ts";
import {
  causeOf,
  garbageError,
  isAwsJson,
  shownWords,
  throttledError,
  unavailableError,
} from "./service-errors.ts";
import { clockSkewError, serverTime } from "./skew.ts";

/** What a call without a signature was about. */
export interface JsonCall {
  /** As AWS writes it: `sso:GetRoleCredentials`. */
  readonly action: string;
  /** What the request held, for AWS may quote it. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly platform: string;
}

/** AWS's codes, and those of OAuth 2.0 (RFC 6749, 5.2), in the words that decisions are made with. */
const kinds: Readonly<Record<string, AwsErrorKind>> = {
  UnauthorizedException: "invalid-credentials",
  UnauthorizedClientException: "invalid-credentials",
  InvalidClientException: "invalid-credentials",
  InvalidGrantException: "expired-credentials",
  ExpiredTokenException: "expired-credentials",
  ForbiddenException: "access-denied",
  AccessDeniedException: "access-denied",
  ResourceNotFoundException: "not-found",
};

/** The reasons that sign-in gives with an AccessDeniedException. */
const reasons: Readonly<Record<string, AwsErrorKind>> = {
  TOKEN_EXPIRED: "expired-credentials",
  USER_CREDENTIALS_CHANGED: "expired-credentials",
};

const fiveMinutes = 5 * 60_000;

/**
 * Turns whatever a call of the portal, of OIDC or of sign-in threw into an AwsError. The SDK's own error holds the
 * request, and is let go here: the cause is a new error without it.
 */
export function jsonServiceError(thrown: unknown, exchange: Exchange, call: JsonCall): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (exchange.failure !== undefined) return exchange.failure;
  const { answer, place } = exchange;
  const error = (thrown instanceof Error ? thrown : {}) as Record<string, unknown>;
  const message = shownWords(String(error["error_description"] ?? error["message"] ?? ""), call.secrets);
  if (answer === undefined) {
    return new AwsError("invalid-request", `cannot ask ${call.action}: ${message}`, {
      cause: causeOf("no request", message),
    });
  }
  const host = place?.host ?? "AWS";
  const name = error["$fault"] === undefined ? undefined : error["name"];
  const code = typeof name === "string" && /^[\w.:]{1,80}$/.test(name) ? name : undefined;
  const cause = causeOf(code ?? "no code", message, answer);
  const { statusCode: status } = answer;
  if (status === 407 && place?.proxy !== undefined) {
    return transportError(proxyRefused(407), place, { sent: true, atProxy: true });
  }
  if (status === 429 || (code !== undefined && /Throttl|TooManyRequests|SlowDown/.test(code))) {
    return throttledError(host, cause);
  }
  if (status >= 500) return unavailableError(host, answer, cause);
  if (status < 400 || !isAwsJson(answer) || code === undefined) return garbageError(exchange, cause);
  // A proof of possession is made for a moment, and the answer does not say that it is the moment that is wrong.
  if (Math.abs(call.now - (serverTime(answer) ?? call.now)) >= fiveMinutes) {
    return clockSkewError(host, answer, call.now, call.platform, cause);
  }
  const kind = reasons[String(error["error"])] ?? kinds[code] ?? "invalid-request";
  return new AwsError(kind, `AWS does not take this ${call.action}: ${message} (${code})`, { cause });
}
