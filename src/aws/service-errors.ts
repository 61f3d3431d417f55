import type { Secret } from "../system/secret.ts";
import type { AccessKey, MfaProof } from "./aws.ts";
import { AwsError, type AwsErrorKind } from "./aws-error.ts";
import type { Exchange } from "./network.ts";
import { proxyRefused, transportError } from "./network-errors.ts";
import type { HttpAnswer } from "./send.ts";
import { clockSkewError, isSkewed } from "./skew.ts";

/** What a call was about, for the messages of its failures. */
export interface CallContext {
  /** As AWS writes it: `sts:AssumeRole`. */
  readonly action: string;
  /** Whose signature was on it; absent where a token stood in for one. */
  readonly key?: AccessKey | undefined;
  /** That token: AWS may quote what it was sent. */
  readonly token?: Secret | undefined;
  readonly mfa?: MfaProof | undefined;
  /** What it does must not be done twice. */
  readonly once?: boolean | undefined;
  /** The role, where there is one. */
  readonly subject?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly platform: string;
}

const malformedKey = [
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "InvalidAccessKeyId",
  "InvalidToken",
];
const badSignature = [
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "IncompleteSignature",
  "AuthFailure",
];
const expired = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];
const denied = [
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "NotAuthorized",
  "OptInRequired",
];
/** What AWS says about a token that stands in for a key. */
const tokenCodes: Readonly<Record<string, AwsErrorKind>> = {
  ExpiredTokenException: "expired-credentials",
  InvalidIdentityToken: "invalid-credentials",
  InvalidIdentityTokenException: "invalid-credentials",
  IDPRejectedClaim: "access-denied",
  IDPRejectedClaimException: "access-denied",
  // The one that passes: STS fetches the provider's keys, and says itself that trying again may help.
  IDPCommunicationError: "unavailable",
  IDPCommunicationErrorException: "unavailable",
};
const throttled =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|RequestThrottled|BandwidthLimitExceeded/;

/**
 * Turns whatever a call of the SDK threw into an AwsError, from what the exchange saw and from AWS's code.
 * The SDK's own error holds the request and its headers, and is let go here: the cause is a new error without them.
 */
export function serviceError(thrown: unknown, exchange: Exchange, call: CallContext): AwsError {
  const error = translate(thrown, exchange, call);
  const isOpen = ["network", "timeout", "unavailable", "garbage"].includes(error.kind);
  const warning =
    call.mfa !== undefined
      ? "AWS may have taken the MFA code; wait for the next one"
      : "AWS may have done it all the same; look before trying again";
  const matters = call.mfa !== undefined || call.once === true;
  if (!matters || !exchange.sent || exchange.isFinal || !isOpen) return error;
  return new AwsError(error.kind, error.message, {
    hints: [...error.hints, warning],
    cause: error.cause,
    exitCode: error.exitCode,
  });
}

function translate(thrown: unknown, exchange: Exchange, call: CallContext): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (exchange.failure !== undefined) return exchange.failure;
  const host = exchange.place?.host ?? "AWS";
  const { answer } = exchange;
  const { code, message } = describe(thrown, call);
  if (answer === undefined) {
    return new AwsError("invalid-request", `cannot ask ${call.action}: ${message}`, {
      cause: causeOf(code, message),
    });
  }
  const cause = causeOf(code, message, answer);
  const { statusCode: status } = answer;
  if (status === 407 && exchange.place?.proxy !== undefined) {
    return transportError(proxyRefused(407), exchange.place, { sent: true, atProxy: true });
  }
  const isAws = isAwsXml(answer);
  if (status === 429 || (isAws && throttled.test(code))) return throttledError(host, cause);
  if (status >= 500) return unavailableError(host, answer, cause);
  if (status < 300 || !isAws || code === noCode) return garbageError(exchange, cause);
  if (isSkewed(code, message, answer, call.now)) {
    return clockSkewError(host, answer, call.now, call.platform, cause);
  }
  return refusal(code, message, call, host, cause);
}

/** Whether the body is one of the documents that STS and IAM answer with. */
export function isAwsXml(answer: HttpAnswer): boolean {
  const start = Buffer.from(answer.body.subarray(0, 512)).toString("latin1");
  return /^\s*(<\?xml[^>]*\?>\s*)?<(ErrorResponse|Response|[A-Z]\w*Response)[\s>]/.test(start);
}

/** Whether the body is an object as the portal of IAM Identity Center and the sign-in services answer with. */
export function isAwsJson(answer: HttpAnswer): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(answer.body).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * An answer that AWS cannot have meant. Names the host and, if there is one, the proxy on the way; `why` says what is
 * wrong with an answer that looks like one of AWS's.
 */
export function garbageError(exchange: Exchange, cause?: unknown, why = "it cannot be read"): AwsError {
  const { answer, place } = exchange;
  const via = place?.proxy === undefined ? "" : ` through the proxy ${place.proxy}`;
  const what =
    answer === undefined ? "nothing" : isAwsXml(answer) || isAwsJson(answer) ? why : strangerIn(answer);
  return new AwsError("garbage", `the answer of ${place?.host ?? "AWS"}${via} is not one of AWS's: ${what}`, {
    hints: ["a login page of the network, a proxy or a wrong endpoint_url may stand in between"],
    cause,
  });
}

function strangerIn({ statusCode, body }: HttpAnswer): string {
  if (statusCode >= 300 && statusCode < 400) return `a redirect (status ${statusCode})`;
  const isPage = /^\s*<(!doctype html|html)/i.test(Buffer.from(body.subarray(0, 512)).toString("latin1"));
  return isPage ? `a web page (status ${statusCode})` : `status ${statusCode} and a body that cannot be read`;
}

function refusal(code: string, message: string, call: CallContext, host: string, cause: Error): AwsError {
  const fail = (kind: AwsErrorKind, what: string, ...hints: string[]) =>
    new AwsError(kind, what, { hints, cause });
  const { mfa, key, action } = call;
  if (mfa !== undefined) {
    if (/invalid MFA one time pass code/i.test(message) || /'tokenCode'/.test(message)) {
      const hint = "a code works once; wait for the next one";
      return fail("wrong-mfa-code", `AWS refused the MFA code for ${mfa.serial}`, hint);
    }
    if (/unable to validate MFA code|MFA serial number|'serialNumber'/i.test(message)) {
      const what = `AWS does not know "${mfa.serial}" as an MFA device of this user`;
      const hint = "check mfa_serial in ~/.aws/config; the console shows it under Security credentials";
      return fail("invalid-mfa-device", what, hint);
    }
  }
  const ofKey = key && refusalOfKey(code, key, host, cause);
  if (ofKey !== undefined) return ofKey;
  const about = call.subject === undefined ? action : `${action} on ${call.subject}`;
  const ofToken = key === undefined ? tokenCodes[code] : undefined;
  if (ofToken !== undefined) return fail(ofToken, `AWS does not take the token of ${about}: ${message}`);
  if (denied.includes(code)) return fail("access-denied", `AWS denied ${about}: ${message}`);
  switch (code.replace(/Exception$/, "")) {
    case "LimitExceeded":
      return fail("limit-exceeded", `AWS does not take this ${about}: ${message}`);
    case "NoSuchEntity":
      return fail("not-found", `AWS does not know the subject of this ${about}: ${message}`);
    case "RegionDisabled": {
      const hint = "an administrator can switch it on in the account's settings; or choose another region";
      return fail("invalid-request", `STS is switched off in this region: ${message}`, hint);
    }
    default:
      return fail("invalid-request", `AWS does not take this ${about}: ${message} (${code})`);
  }
}

/** What AWS says about the key that signed. */
function refusalOfKey(code: string, key: AccessKey, host: string, cause: Error): AwsError | undefined {
  const ending = `ending in "${key.accessKeyId.slice(-4)}"`;
  const isSession = key.sessionToken !== undefined;
  if (expired.includes(code)) {
    return new AwsError("expired-credentials", `the session of the key ${ending} is over`, { cause });
  }
  if (badSignature.includes(code)) {
    const hints = isSession
      ? []
      : ["the secret is shown only when a key is made; make a new key if it is lost"];
    const what = `the secret of the access key ${ending} is wrong`;
    const error = new AwsError("invalid-credentials", what, { hints, cause });
    error.secretIsWrong = true;
    return error;
  }
  if (!malformedKey.includes(code)) return undefined;
  const hints = isSession ? [] : [`it is deleted, inactive, or of another partition than ${host}`];
  const what = isSession
    ? `AWS does not accept the session of the key ${ending}`
    : `AWS does not know the access key ${ending}`;
  return new AwsError("invalid-credentials", what, { hints, cause });
}

export function throttledError(host: string, cause: Error): AwsError {
  return new AwsError("throttled", `${host} has too many requests at the moment`, {
    hints: ["wait a little and try again"],
    cause,
  });
}

export function unavailableError(host: string, answer: HttpAnswer, cause: Error): AwsError {
  const request = requestId(answer);
  const details = `status ${answer.statusCode}${request ? `, request ${request}` : ""}`;
  return new AwsError("unavailable", `${host} cannot answer at the moment (${details})`, { cause });
}

function requestId(answer: HttpAnswer): string | undefined {
  const id = answer.headers["x-amzn-requestid"];
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

/** Stands for the code where AWS gave none. */
const noCode = "no code";

/** AWS's code and words: on one line, without control characters, and without anything that was secret in the request. */
function describe(thrown: unknown, call: CallContext): { code: string; message: string } {
  const error = (thrown instanceof Error ? thrown : {}) as Record<string, unknown>;
  // What AWS did not say but the SDK stumbled over has no fault.
  const names = [error["Code"], error["$fault"] === undefined ? undefined : error["name"]];
  const code = names.find((name) => typeof name === "string" && /^[\w.:]{1,80}$/.test(name));
  const { key, mfa, token } = call;
  const secrets = [key?.secretAccessKey.reveal(), key?.sessionToken?.reveal(), mfa?.code, token?.reveal()];
  const words = String(error["message"] ?? "");
  const said = key === undefined ? words : words.replaceAll(key.accessKeyId, `…${key.accessKeyId.slice(-4)}`);
  return { code: typeof code === "string" ? code : noCode, message: shownWords(said, secrets) };
}

/** AWS's words, fit to be shown: on one line, without control characters, key ids and these secrets. */
export function shownWords(said: string, secrets: readonly (string | undefined)[]): string {
  let message = said;
  for (const secret of secrets) if (secret) message = message.replaceAll(secret, "[secret]");
  message = message
    .replace(/\bA[KS]IA\w{8,120}(\w{4})\b/g, "…$1")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they could steer the terminal that shows the message
    .replace(/[\x00-\x20\x7f-\x9f\u2028\u2029]+/g, " ")
    .trim()
    .replace(/\.$/, "");
  return message.slice(0, 2000) || "no reason given";
}

/** What a debugging developer is shown of AWS's answer. */
export function causeOf(code: string, message: string, answer?: HttpAnswer): Error {
  const request = answer === undefined ? undefined : requestId(answer);
  const status =
    answer === undefined ? "" : ` (status ${answer.statusCode}${request ? `, request ${request}` : ""})`;
  // A signature's complaint may quote the whole request, session token included.
  const shown = badSignature.includes(code) ? "" : `: ${message}`;
  const cause = new Error(`${code}${shown}${status}`);
  delete cause.stack;
  return cause;
}
