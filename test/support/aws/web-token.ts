import { createHmac, timingSafeEqual } from "node:crypto";
import type { IdentityProvider } from "./world.ts";

/** What a token says. Times in seconds since 1970, as in every JWT. */
export interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
}

/** A token as the provider makes it: a JWT (RFC 7519). Signed with HS256, where real ones are with RS256. */
export function mintToken(provider: IdentityProvider, claims: Claims): string {
  const head = [{ alg: "HS256", typ: "JWT" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  return `${head.join(".")}.${signature(head.join("."), provider)}`;
}

/** The claims of what looks like a token, not checked; undefined for anything else. */
export function readToken(token: string): Claims | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  try {
    const [header, claims] = parts
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
    return typeof header?.alg === "string" && typeof claims?.iss === "string" ? claims : undefined;
  } catch {
    return undefined;
  }
}

export function isSignedBy(token: string, provider: IdentityProvider): boolean {
  const end = token.lastIndexOf(".");
  const [given, right] = [token.slice(end + 1), signature(token.slice(0, end), provider)].map((text) =>
    Buffer.from(text),
  );
  return (
    given !== undefined &&
    right !== undefined &&
    given.length === right.length &&
    timingSafeEqual(given, right)
  );
}

const signature = (text: string, { secret }: IdentityProvider): string =>
  createHmac("sha256", secret).update(text).digest("base64url");
