import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpQuestion } from "../system/listen.ts";

/** Who gets an answer. */
export interface Rules {
  /** The identities that are served, and no others. */
  readonly names: readonly string[];
  /** What `Authorization` must hold; undefined where the kernel says who may ask, as on a socket. */
  readonly token: string | undefined;
  /** What `Host` must be; undefined on a socket, which no browser reaches. */
  readonly host: string | undefined;
}

/** What is done about it, and why, in words that hold nothing of a header. */
export type Verdict =
  | { readonly kind: "serve"; readonly name: string }
  | { readonly kind: "refuse"; readonly status: 401 | 403 | 404 | 405; readonly because: string };

/**
 * Decides about a request. Pure. The order counts: a page in a browser learns nothing, not even which identities there are.
 * A browser sends `Origin` or `Sec-Fetch-*` with all that a page can have it ask, and a name of its own as `Host`
 * (DNS rebinding); no AWS client sends them.
 */
export function judge({ method, path, headers }: HttpQuestion, { names, token, host }: Rules): Verdict {
  const browser = Object.keys(headers).find((name) => name === "origin" || name.startsWith("sec-fetch-"));
  if (browser !== undefined) return refuse(403, "a browser asked");
  if (host !== undefined && headers["host"] !== host) return refuse(403, "another Host was asked for");
  if (method !== "GET") return refuse(405, "only GET is answered");
  if (token !== undefined && !isSame(headers["authorization"], token)) {
    return refuse(401, headers["authorization"] === undefined ? "no token was given" : "the token is wrong");
  }
  const name = nameIn(path);
  if (name === undefined || !names.includes(name))
    return refuse(404, "it is no identity that is served here");
  return { kind: "serve", name };
}

function refuse(status: 401 | 403 | 404 | 405, because: string): Verdict {
  return { kind: "refuse", status, because };
}

/** In the same time for every wrong token, whatever its length. */
function isSame(given: string | string[] | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return typeof given === "string" && timingSafeEqual(digest(given), digest(token));
}

/** The path of an identity; names of roles hold slashes. */
export function pathOf(name: string): string {
  return `/${encodeURIComponent(name)}`;
}

function nameIn(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return undefined;
  }
}
