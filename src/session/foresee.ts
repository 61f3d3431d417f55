import type { StoredItem } from "../store/secret-store.ts";
import { type Decision, decide, isUsable, servesUntil, spanInFile } from "./decide.ts";
import type { Span } from "./item.ts";
import { isSignInRoot, type Plan, type Step } from "./plan.ts";

/** What a call made now would do about one step. */
export type Forecast =
  /** Its cached session is used. */
  | "reuse"
  /** A new session is got, and nobody is asked for a code. */
  | "call"
  /** A new session is got with a code. */
  | "ask"
  /** A renewal is due but needs a person, who is not asked while the session is usable: it is used. */
  | "keep"
  /** Not looked at: the session of a later step is good. */
  | "idle";

/** A step, what the store lists for it, and what a call would do about it. */
export interface Foreseen {
  readonly step: Step;
  /** The expiry of its session in the store, in milliseconds since 1970; undefined: none is there. */
  readonly expiresAt: number | undefined;
  readonly decision: Decision;
  readonly forecast: Forecast;
}

/**
 * What `obtain` would do now, from names and expiries alone: no secret is read. Pure. A test compares it with `obtain`
 * in every state of the cache.
 *
 * A store does not list when a session was obtained, so its life is taken to be the one that was requested, or an hour
 * where a source decides; the forecast may then be a few minutes early about a renewal.
 *
 * @param items what the store lists
 * @param now milliseconds since 1970
 */
export function foresee(plan: Plan, items: ReadonlyMap<string, StoredItem>, now: number): Foreseen[] {
  const looks = plan.steps.map((step) => {
    const inFile = spanInFile(step);
    const expiresAt = inFile?.expiresAt ?? items.get(step.item.name)?.expiresAt;
    const span = inFile ?? (expiresAt === undefined ? undefined : listedSpan(step, expiresAt));
    return {
      step,
      expiresAt,
      decision: decide(step, span, now),
      forecast: "idle" as Forecast,
    };
  });
  /** Whether the call would have credentials of the step. */
  const visit = (index: number, mayAsk: boolean): boolean => {
    const look = looks[index];
    if (look === undefined) return true;
    const { decision } = look;
    if (decision.kind === "ask" && !mayAsk) return false;
    const isGot =
      decision.kind !== "renew" || isRoot(look.step, index) || visit(index - 1, mayAsk && !decision.usable);
    if (!isGot && !(decision.kind === "renew" && decision.usable)) return false;
    look.forecast = isGot ? (decision.kind === "renew" ? "call" : decision.kind) : "keep";
    return true;
  };
  visit(looks.length - 1, true);
  return looks;
}

/**
 * The result of a call made now: the cached session, a new one without a code, or one with a code. `device`: IAM is
 * asked for the user's MFA device first, and the rest is not known yet.
 */
export type Outcome = "reuse" | "renew" | "ask" | "device";

/** @param deviceKnown false: the plan has no device because IAM has not been asked yet */
export function outcomeOf(foreseen: readonly Foreseen[], deviceKnown: boolean): Outcome {
  if (!deviceKnown) return "device";
  if (foreseen.some(({ forecast }) => forecast === "ask")) return "ask";
  return foreseen.at(-1)?.forecast === "call" ? "renew" : "reuse";
}

/**
 * Whether a person may be sent to a browser. Whether the last sign-in still holds is not known here: its token is not
 * read.
 */
export function maySignIn(foreseen: readonly Foreseen[]): boolean {
  return foreseen.some(
    ({ step, forecast }) => forecast === "call" && step.kind === "source" && isSignInRoot(step.root),
  );
}

/** The items of a store by name. */
export function itemsByName(items: readonly StoredItem[]): ReadonlyMap<string, StoredItem> {
  return new Map(items.map((item) => [item.name, item]));
}

/**
 * The time from which a code is needed, in milliseconds since 1970; undefined where none ever is, or one is needed now.
 * A role session that was got with a base session may outlive it.
 */
export function codeNeededAt(foreseen: readonly Foreseen[], now: number): number | undefined {
  const first = foreseen.findIndex(({ step }) => step.device !== undefined);
  if (first < 0 || foreseen.some(({ forecast }) => forecast === "ask")) return undefined;
  const expiries = foreseen.slice(first).flatMap(({ step, expiresAt }) => {
    if (expiresAt === undefined || !isUsable({ obtainedAt: 0, expiresAt }, now)) return [];
    const until = servesUntil(step, listedSpan(step, expiresAt));
    return until > now ? [until] : [];
  });
  return expiries.length === 0 ? undefined : Math.max(...expiries);
}

/** The life of a session of which the store lists the end alone. */
export function listedSpan(step: Step, expiresAt: number): Span {
  return { obtainedAt: expiresAt - lifeOf(step) * 1000, expiresAt };
}

/** The step needs no session of an earlier step. */
function isRoot(step: Step, index: number): boolean {
  return index === 0 || step.kind === "source";
}

/** Seconds that a session of the step lasts, as far as we request it. */
export function lifeOf(step: Step): number {
  if (step.kind === "base-session") return step.durationSeconds;
  if (step.kind === "limit") return step.durationSeconds ?? usualRoleLife;
  if (step.kind === "role") return step.hop.durationSeconds ?? usualRoleLife;
  // https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html: a quarter of an hour each.
  if (step.root.kind === "login-session") return 900;
  if (step.root.kind === "web-identity") return step.root.durationSeconds ?? usualRoleLife;
  return usualRoleLife;
}

/** Seconds. What STS gives to a role unless another duration is requested. */
const usualRoleLife = 3600;
