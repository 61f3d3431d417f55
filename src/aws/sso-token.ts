import { createHash } from "node:crypto";
import { join } from "node:path";

/**
 * The file in which aws-cli and every SDK keep the token of an Identity Center session. Its content decides nothing about
 * whose it is.
 *
 * @param key the session's name; where a profile has none, its start URL
 */
export function ssoTokenPath(home: string, key: string): string {
  const name = createHash("sha1").update(key).digest("hex");
  return join(home, ".aws", "sso", "cache", `${name}.json`);
}

/** Whether somebody is signed in, by the text of the token's file. */
export interface SsoSignIn {
  /** The token's expiry in milliseconds since 1970; undefined: there is no token. */
  readonly expiresAt: number | undefined;
  /** A new token can be had without a browser, unless AWS has ended the session. */
  readonly renewable: boolean;
}

export function ssoSignInOf(text: string | undefined): SsoSignIn {
  try {
    const { expiresAt, refreshToken } = JSON.parse(text ?? "") as Record<string, unknown>;
    const expiry = Date.parse(String(expiresAt));
    return {
      expiresAt: Number.isNaN(expiry) ? undefined : expiry,
      renewable: typeof refreshToken === "string",
    };
  } catch {
    return { expiresAt: undefined, renewable: false };
  }
}

/** Whether credentials can be had without a browser. */
export function isSignedIn({ expiresAt, renewable }: SsoSignIn, now: number): boolean {
  return expiresAt !== undefined && (expiresAt > now || renewable);
}
