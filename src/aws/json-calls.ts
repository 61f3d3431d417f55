import type { Environment } from "../system/environment.ts";
import type { Endpoint } from "./aws.ts";
import { AwsError, type AwsErrorKind } from "./aws-error.ts";
import { pinnedConfig } from "./client-config.ts";
import { type Exchange, openNetwork } from "./network.ts";
import { proxyRefused, transportError } from "./network-errors.ts";
import { inTries, type TryOptions } from "./retry.ts";
import {
  causeOf,
  garbageError,
  isAwsJson,
  shownWords,
  throttledError,
  unavailableError,
} from "./service-errors.ts";
import { clockSkewError, serverTime } from "./skew.ts";

/** What calls to the services that know people by tokens need. */
export interface JsonCallOptions extends TryOptions {
  /** Read for proxies only. */
  readonly env: Environment;
  readonly platform: string;
  /** Tells addresses and the CA bundle; the region is each call's own. */
  readonly endpoint: Endpoint;
}

/** A call that no key signs. */
export interface TokenCall<T> {
  /** As AWS writes it: `sso:GetRoleCredentials`. */
  readonly action: string;
  readonly region: string;
  /** An own address; absent: the region's. */
  readonly url: string | undefined;
  /** The secrets in the request. */
  readonly secrets: readonly string[];
  /** What it does must not be done twice: a request that may have arrived is not sent again. */
  readonly once?: boolean;
  attempt(config: ReturnType<typeof pinnedConfig>, exchange: Exchange): Promise<T>;
}

/** Makes such calls, each try with a client of its own, as in sdk.ts. Fails with an AwsError. */
export function tokenCalls(options: JsonCallOptions): <T>(call: TokenCall<T>) => Promise<T> {
  const { clock, platform, env, endpoint } = options;
  const network = openNetwork(env, endpoint.caBundle);
  // None of them has other addresses that anybody is known to need.
  const plain = { fips: false, dualStack: false };
  return ({ action, region, url, secrets, once = false, attempt }) =>
    inTries(
      {
        network,
        action,
        once,
        attempt: (exchange) =>
          attempt(pinnedConfig({ region, url, endpoint: plain }, exchange, clock), exchange),
        failure: (error, exchange) =>
          jsonServiceError(error, exchange, { action, secrets, now: clock.now(), platform }),
      },
      options,
    );
}

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

/** The reasons that sign-in gives with an AccessDeniedException. `what`: in words, where they say more than AWS does. */
const reasons: Readonly<Record<string, { kind: AwsErrorKind; what?: string; hint?: string }>> = {
  TOKEN_EXPIRED: { kind: "expired-credentials" },
  USER_CREDENTIALS_CHANGED: {
    kind: "expired-credentials",
    what: "was ended by AWS, since the password was changed",
  },
  INSUFFICIENT_PERMISSIONS: {
    kind: "access-denied",
    what: "AWS does not let this person sign in for local development",
    hint: "have an administrator attach the managed policy SignInLocalDevelopmentAccess, which allows signin:CreateOAuth2Token",
  },
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
  const reason = reasons[String(error["error"])];
  if (reason?.what !== undefined) {
    const { kind, what, hint } = reason;
    const known = new AwsError(kind, what, { cause, hints: hint === undefined ? [] : [hint] });
    known.tells = true;
    return known;
  }
  const kind = reason?.kind ?? kinds[code] ?? "invalid-request";
  return new AwsError(kind, `AWS does not take this ${call.action}: ${message} (${code})`, { cause });
}
