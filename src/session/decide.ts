import type { SessionCredentials } from "../aws/aws.ts";
import { UserError } from "../system/user-error.ts";
import type { Ports } from "./context.ts";
import type { CachedSession, Span } from "./item.ts";
import type { Plan, Step } from "./plan.ts";

/** Milliseconds. Credentials this close to their expiry are never handed out: a request takes time. */
export const unusable = 60_000;

/** Milliseconds. botocore treats less than 15 minutes as "refresh now", so renewing early keeps it quiet. */
const renewalMarginMs = 20 * 60_000;

/**
 * Milliseconds. Longer sessions are renewed `renewalMarginMs` before they expire, shorter ones at a quarter of their life. An hour,
 * of which a little has passed when AWS's answer arrives.
 */
const longLife = 3_570_000;

/** What to do about one step, and why. */
export type Decision =
  /** Hand out the cached session. */
  | { readonly kind: "reuse"; readonly because: "fresh" | "only-a-person-can-renew" }
  /** Get a new session silently; if that fails, a cached one that is still `usable` is handed out. */
  | { readonly kind: "renew"; readonly because: RenewalReason; readonly usable: boolean }
  /** Get a new session, and ask a person for a code. */
  | { readonly kind: "ask"; readonly because: RenewalReason };

type RenewalReason = "none-cached" | "expired" | "expires-soon" | "code-too-old";

/** Milliseconds that a call takes, before whose end a code must not become too old. */
const codeMarginMs = 5000;

/**
 * Decides about one step. Pure. Renews early where no person is needed, and asks as late as possible: clients call
 * again and again in the last quarter of an hour, and each question is an interruption.
 *
 * @param cached the step's session in the store, if any
 * @param now milliseconds since 1970
 */
export function decide(step: Step, cached: Span | undefined, now: number): Decision {
  const needsCode = step.device !== undefined;
  const usable = cached !== undefined && isUsable(cached, now);
  if (usable && servesUntil(step, cached) < Math.min(cached.expiresAt, now + codeMarginMs))
    return { kind: "ask", because: "code-too-old" };
  if (!usable) {
    const because = cached === undefined ? "none-cached" : "expired";
    return needsCode ? { kind: "ask", because } : { kind: "renew", because, usable };
  }
  if (!isDueForRenewal(cached, now)) return { kind: "reuse", because: "fresh" };
  if (needsCode) return { kind: "reuse", because: "only-a-person-can-renew" };
  return { kind: "renew", because: "expires-soon", usable };
}

/**
 * Until when (milliseconds since 1970) a session serves the steps behind it: to its end, or as long as its code is not too
 * old for the role.
 */
export function servesUntil(step: Step, { obtainedAt, expiresAt }: Span): number {
  const codeSeconds = step.kind === "base-session" ? step.codeSeconds : undefined;
  return codeSeconds === undefined ? expiresAt : Math.min(expiresAt, obtainedAt + codeSeconds * 1000);
}

/** True while the credentials may be handed out. */
export function isUsable(span: Span, now: number): boolean {
  return span.expiresAt - now > unusable;
}

/** True when a silent renewal should be tried although the credentials are still usable. */
export function isDueForRenewal(span: Span, now: number): boolean {
  return now > dueForRenewalAt(span);
}

/** The time from which a silent renewal should be tried, in milliseconds since 1970. */
export function dueForRenewalAt({ obtainedAt, expiresAt }: Span): number {
  const life = expiresAt - obtainedAt;
  return expiresAt - (life >= longLife ? renewalMarginMs : life / 4);
}

/**
 * The life of temporary keys that another program keeps in a file; undefined for all other steps. Nothing is gained by
 * renewing them early: they are what the file says.
 */
export function spanInFile(step: Step): Span | undefined {
  if (step.kind !== "source" || step.root.kind !== "temporary-keys") return undefined;
  const { expiresAt } = step.root;
  return { obtainedAt: expiresAt, expiresAt };
}

/** The session of temporary keys: the file that holds them is the only place that they are in. */
export function sessionInFile(step: Step): CachedSession | undefined {
  const span = spanInFile(step);
  if (span === undefined || step.kind !== "source" || step.root.kind !== "temporary-keys") return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = step.root;
  return { ...span, credentials: { accessKeyId, secretAccessKey, sessionToken, expiresAt } };
}

/** Credentials from a source that are expired or nearly so: the error names the profile that they come from. */
export function checkLifeLeft(plan: Plan, given: SessionCredentials, { clock }: Ports): SessionCredentials {
  const left = given.expiresAt - clock.now();
  if (left > unusable) return given;
  const state = left <= 0 ? "have expired" : `expire in ${Math.ceil(left / 1000)} s`;
  const { file, line } = plan.root.position;
  throw new UserError(
    `the credentials that profile "${plan.root.profile}" gives ${state} (${file}:${line})`,
    {
      hints: ["renew them where they come from"],
    },
  );
}
