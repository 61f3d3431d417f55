import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ssoTokenPath } from "../aws/sso-token.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { SignInRoot } from "./source.ts";

/** Where aws-cli and every SDK keep the token of a sign-in. The content decides nothing about whose it is. */
export function tokenPath(
  root: SignInRoot,
  { env, home }: { readonly env: Environment; readonly home: string },
): string {
  if (root.kind === "sso") return ssoTokenPath(home, root.session ?? root.startUrl);
  const folder = env["AWS_LOGIN_CACHE_DIRECTORY"] || join(home, ".aws", "login", "cache");
  return join(folder, `${createHash("sha256").update(root.loginSession).digest("hex")}.json`);
}

/**
 * Names the sign-in that is there now; undefined: nobody is signed in. What was got with another one is not served any
 * more: a person who signs out, or signs in as somebody else, does so for all tools.
 *
 * `aws login` makes a key for each sign-in. Of SSO only the token tells, which changes when it is renewed: what was got
 * with it before is got again, without a person.
 */
export async function signInOf(
  root: SignInRoot,
  host: { readonly env: Environment; readonly home: string; readonly clock: Clock },
): Promise<string | undefined> {
  const document = await readTokenFile(tokenPath(root, host), host.clock);
  const value = document?.[root.kind === "sso" ? "accessToken" : "dpopKey"];
  if (typeof value !== "string" || value === "") return undefined;
  return createHash("sha256").update(value).digest("hex").slice(0, 32);
}

/** A document of aws-cli's caches. Other programs wrote it, so that nothing about it is certain. */
export type TokenDocument = Readonly<Record<string, unknown>>;

/** Milliseconds between two looks, and how many there are: aws-cli empties a file before it fills it again. */
const [pause, looks] = [50, 4];

/** Reads a document; undefined when there is none, or none that can be read. */
export async function readTokenFile(path: string, clock: Clock): Promise<TokenDocument | undefined> {
  for (let look = 1; ; look += 1) {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null ? (value as TokenDocument) : undefined;
    } catch {
      if (look === looks) return undefined;
    }
    await clock.sleep(pause);
  }
}

/** Milliseconds since 1970 of a time in a document; NaN for none. Older aws-cli wrote `2020-06-17T10:02:08UTC`. */
export function timeIn(value: unknown): number {
  return typeof value === "string" ? Date.parse(value.replace(/UTC$/, "Z")) : Number.NaN;
}
