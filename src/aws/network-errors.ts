import { AwsError, type AwsErrorKind } from "./aws-error.ts";

/** Where a request was sent, as messages name it. */
export interface RequestTarget {
  /** Host, and the port if it is not the scheme's own. */
  readonly host: string;
  /** The proxy's host and port; its user and password are never kept. */
  readonly proxy?: string;
  /** Whether the proxy is given a user name and a password. */
  readonly proxyUser?: boolean;
  /** Milliseconds. */
  readonly limits: { readonly connect: number; readonly answer: number };
}

interface Failure extends Error {
  code?: string;
  syscall?: string;
  /** The connection to the proxy failed, not the one behind it. */
  atProxy?: boolean;
  /** The proxy's own answer to CONNECT. */
  proxyStatus?: number;
}

/** What a proxy's refusal to open a tunnel is thrown as. */
export function proxyRefused(status: number): Error {
  return Object.assign(new Error(`the proxy answered ${status}`), { proxyStatus: status });
}

const untrusted =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|ERR_OSSL_)|^EPROTO$/;

/** False for what does not change by itself: a setting that cannot be used, a proxy that says no. */
export function canPass(thrown: unknown): boolean {
  const status = (thrown as Failure | undefined)?.proxyStatus;
  return !(thrown instanceof AwsError) && (status === undefined || status >= 500);
}

/** How far the request came. */
interface Progress {
  readonly sent: boolean;
  /** The failed connection was the one to the proxy. */
  readonly atProxy: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Turns what ended a request before there was an answer into an AwsError. */
export function transportError(thrown: unknown, place: RequestTarget, progress: Progress): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (progress.signal?.aborted && thrown === progress.signal.reason) {
    return new AwsError("timeout", `the request to ${place.host} was cancelled`, { exitCode: 130 });
  }
  const failure = (thrown instanceof Error ? thrown : new Error("unknown failure")) as Failure;
  const { kind, message, hints = [] } = describe(failure, place, progress);
  return new AwsError(kind, message, { hints, cause: causeOf(failure) });
}

/** Node's network errors hold the request's options; only the part that says what happened is kept. */
function causeOf(failure: Failure): Error {
  const cause = new Error([failure.code, failure.syscall].filter(Boolean).join(" ") || failure.name);
  delete cause.stack;
  return cause;
}

interface Description {
  readonly kind: AwsErrorKind;
  readonly message: string;
  readonly hints?: readonly string[];
}

function describe(failure: Failure, place: RequestTarget, progress: Progress): Description {
  const { host } = place;
  const { sent } = progress;
  const code = failure.code ?? "";
  if (failure.proxyStatus !== undefined) return describeRefusal(failure.proxyStatus, place);
  const via = place.proxy === undefined ? "" : ` through the proxy ${place.proxy}`;
  const atProxy = progress.atProxy || failure.atProxy === true;
  const there = atProxy ? `the proxy ${place.proxy}` : `${host}${via}`;
  const proxyHint = atProxy
    ? [`check HTTPS_PROXY and HTTP_PROXY, or go without: NO_PROXY=${host}`]
    : via === ""
      ? ["check the network; behind a proxy, set HTTPS_PROXY"]
      : [];

  if (code === "AWS_AS_CONNECT" || code === "ETIMEDOUT") {
    const message = `no connection to ${there} within ${seconds(place.limits.connect)}`;
    return { kind: "timeout", message, hints: proxyHint };
  }
  if (code === "AWS_AS_ANSWER") {
    return { kind: "timeout", message: `no answer from ${there} within ${seconds(place.limits.answer)}` };
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") {
    return { kind: "network", message: `no address found for ${there} (${code})`, hints: proxyHint };
  }
  if (code === "ECONNREFUSED") {
    return { kind: "network", message: `${there} refused the connection`, hints: proxyHint };
  }
  if (["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ENETDOWN"].includes(code)) {
    return { kind: "network", message: `no way to ${there} (${code})`, hints: proxyHint };
  }
  if (untrusted.test(code)) return describeTls(code, there, (atProxy && place.proxy) || host);
  if (code.startsWith("HPE_")) {
    const message = `what ${there} sent is not an answer of AWS (${code})`;
    return { kind: "garbage", message, hints: proxyHint };
  }
  const what = sent ? "broke off before the answer was complete" : "broke off";
  return {
    kind: "network",
    message: `the connection to ${there} ${what} (${code || failure.name})`,
  };
}

function describeTls(code: string, there: string, name: string): Description {
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    return { kind: "tls", message: `${there} does not speak TLS as it must (${code})` };
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const hints = ["if the clock of this machine is right, somebody stands between it and AWS"];
    return { kind: "tls", message: `the certificate of ${there} is not valid at this time (${code})`, hints };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return {
      kind: "tls",
      message: `the certificate of ${there} is for another name than ${name}`,
    };
  }
  return {
    kind: "tls",
    message: `the certificate of ${there} is not trusted (${code})`,
    hints: ["if your company signs its own certificates: export AWS_CA_BUNDLE=/path/to/its-ca.pem"],
  };
}

function describeRefusal(status: number, { host, proxy, proxyUser }: RequestTarget): Description {
  if (status !== 407) {
    const message = `the proxy ${proxy} does not open a way to ${host} (status ${status})`;
    return { kind: "network", message, hints: [`if ${host} needs no proxy: NO_PROXY=${host}`] };
  }
  return {
    kind: "network",
    message: proxyUser
      ? `the proxy ${proxy} refused its user name or password`
      : `the proxy ${proxy} asks for a user name and a password`,
    hints: ["the form is HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, special characters as %XX"],
  };
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
