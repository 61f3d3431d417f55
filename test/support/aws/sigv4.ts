import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "./refusal.ts";

/** A request as it came in. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the Authorization header says. Times in milliseconds since 1970. */
export interface Claim {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly signedAt: number;
  readonly sessionToken?: string;
}

const mismatch = (message: string) => new Refusal("SignatureDoesNotMatch", 403, message);

const incomplete = (message: string) => new Refusal("IncompleteSignature", 400, message);

/** Reads the claim. Refuses a request without one, and one whose parts do not fit together. */
export function readClaim(request: RawRequest): Claim {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new Refusal("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
  }
  const [algorithm, rest = ""] = splitOnce(header, " ");
  if (algorithm !== "AWS4-HMAC-SHA256") {
    throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}' (only AWS4-HMAC-SHA256 is supported)`);
  }
  const fields = new Map(
    rest.split(",").map((part) => {
      const [name, value] = splitOnce(part.trim(), "=");
      return [name, value ?? ""] as const;
    }),
  );
  for (const name of ["Credential", "Signature", "SignedHeaders"]) {
    if (!fields.get(name)) {
      throw incomplete(`Authorization header requires '${name}' parameter. Authorization=${algorithm}`);
    }
  }
  const credential = (fields.get("Credential") ?? "").split("/");
  const [accessKeyId = "", date = "", region = "", service = "", terminator = ""] = credential;
  if (credential.length !== 5) throw incomplete("Credential must have exactly 5 slash-delimited elements");
  if (terminator !== "aws4_request") {
    throw mismatch(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`,
    );
  }
  const amzDate = single(request.headers["x-amz-date"]);
  if (!/^\d{8}T\d{6}Z$/.test(amzDate)) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (!amzDate.startsWith(date) || date.length !== 8) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    );
  }
  const token = request.headers["x-amz-security-token"];
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: (fields.get("SignedHeaders") ?? "").split(";"),
    signature: fields.get("Signature") ?? "",
    amzDate,
    signedAt: parseAmzDate(amzDate),
    ...(token === undefined ? {} : { sessionToken: single(token) }),
  };
}

/** Refuses a signature that was made too early or too late by the fake's clock. Times in milliseconds. */
export function checkSkew(claim: Claim, now: number, tolerance: number): void {
  if (!Number.isFinite(tolerance)) return;
  const minutes = Math.round(tolerance / 60_000);
  const server = formatAmzDate(now);
  if (claim.signedAt < now - tolerance) {
    throw mismatch(
      `Signature expired: ${claim.amzDate} is now earlier than ${formatAmzDate(now - tolerance)} (${server} - ${minutes} min.)`,
    );
  }
  if (claim.signedAt > now + tolerance) {
    throw mismatch(
      `Signature not yet current: ${claim.amzDate} is still later than ${formatAmzDate(now + tolerance)} (${server} + ${minutes} min.)`,
    );
  }
}

/** Refuses a request whose signature was not made over exactly this request with exactly this secret. */
export function checkSignature(request: RawRequest, claim: Claim, secret: string): void {
  for (const needed of ["host", "x-amz-date"]) {
    if (!claim.signedHeaders.includes(needed)) {
      throw mismatch(`'${needed}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith("x-amz-") && !claim.signedHeaders.includes(name)) {
      throw mismatch(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", claim.amzDate, scope, sha256(canonicalRequest(request, claim))].join(
    "\n",
  );
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [claim.date, claim.region, claim.service, "aws4_request"]) key = hmac(key, part);
  const expected = hmac(key, toSign);
  const given = Buffer.from(claim.signature, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw mismatch(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function canonicalRequest(request: RawRequest, claim: Claim): string {
  const [path, query = ""] = splitOnce(request.target, "?");
  const parameters = [...new URLSearchParams(query)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const headers = claim.signedHeaders.map((name) => {
    const value = request.headers[name];
    if (value === undefined) throw mismatch(`'${name}' is a 'SignedHeader' that the request does not have.`);
    return `${name}:${single(value).trim().replaceAll(/ +/g, " ")}\n`;
  });
  return [
    request.method,
    path || "/",
    parameters.join("&"),
    headers.join(""),
    claim.signedHeaders.join(";"),
    // The hash of what arrived, not the one that the client says it sent.
    sha256(request.body),
  ].join("\n");
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value ?? []).join(",");
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function formatAmzDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
