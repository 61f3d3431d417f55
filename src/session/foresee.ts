import type { StoredItem } from "../store/secret-store.ts";
import { type Decision, decide } from "./decide.ts";
import { isUsable } from "./expiry.ts";
import type { Plan, Step } from "./plan.ts";

/** What a call made now would do about one step. */
export type Forecast =
  /** Its cached session is used. */
  | "reuse"
  /** A new session is got, and nobody is asked for a code. */
  | "call"
  /** A new session is got with a code. */
  | "ask"
  /** It would be renewed ahead of its end, but that takes a person, who is not asked while it is good. */
  | "keep"
  /** Nothing looks at it: what comes after it is good. */
  | "idle";

/** A step, what the store lists of it, and what would become of it. */
export interface Foreseen {
  readonly step: Step;
  /** When its session in the store ends or ended, in milliseconds since 1970; absent: none is there. */
  readonly expiresAt?: number;
  readonly decision: Decision;
  readonly forecast: Forecast;
}

/**
 * What `obtain` would do now, told from names and ends alone: no secret is read. Pure. It follows `ensure` there.
 *
 * A store does not list when a session was obtained, so its life is taken for the one that was asked for. Where
 * somebody else says how long it is, that is an hour, which errs by a renewal some minutes ahead of its time.
 *
 * @param items what the store lists
 * @param now milliseconds since 1970
 */
export function foresee(plan: Plan, items: ReadonlyMap<string, StoredItem>, now: number): Foreseen[] {
  const looks = plan.steps.map((step) => {
    const expiresAt = items.get(step.item.name)?.expiresAt;
    const span =
      expiresAt === undefined ? undefined : { obtainedAt: expiresAt - lifeOf(step) * 1000, expiresAt };
    return {
      step,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      decision: decide(step, span, now),
      forecast: "idle" as Forecast,
    };
  });
  /** Whether there would be credentials of the step. */
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
 * What a call made now would come to: the cached session, a new one without a code, or one with a code. `device`: IAM is
 * asked for the user's MFA device first, and what comes then is not known.
 */
export type Outcome = "reuse" | "renew" | "ask" | "device";

/** @param deviceKnown false: the plan is one without a device, since nobody has asked IAM for it yet */
export function outcomeOf(foreseen: readonly Foreseen[], deviceKnown: boolean): Outcome {
  if (!deviceKnown) return "device";
  if (foreseen.some(({ forecast }) => forecast === "ask")) return "ask";
  return foreseen.at(-1)?.forecast === "call" ? "renew" : "reuse";
}

/**
 * Whether a person may be sent to a browser. Whether the last sign-in still holds is written beside its token, which is
 * not read here.
 */
export function maySignIn(foreseen: readonly Foreseen[]): boolean {
  return foreseen.some(
    ({ step, forecast }) =>
      forecast === "call" &&
      step.kind === "source" &&
      (step.root.kind === "sso" || step.root.kind === "login-session"),
  );
}

/** The items of a store by name. */
export function itemsByName(items: readonly StoredItem[]): ReadonlyMap<string, StoredItem> {
  return new Map(items.map((item) => [item.name, item]));
}

/**
 * Until when no code is needed, in milliseconds since 1970; undefined where none is ever needed, or one is needed now.
 * A role session that was got with a base session may outlive it.
 */
export function codeNeededAt(foreseen: readonly Foreseen[], now: number): number | undefined {
  const first = foreseen.findIndex(({ step }) => step.device !== undefined);
  if (first < 0 || foreseen.some(({ forecast }) => forecast === "ask")) return undefined;
  const ends = foreseen.slice(first).flatMap(({ expiresAt }) => {
    return expiresAt !== undefined && isUsable({ obtainedAt: 0, expiresAt }, now) ? [expiresAt] : [];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** The step is carried out with no session of ours. */
function isRoot(step: Step, index: number): boolean {
  return index === 0 || step.kind === "source";
}

/** Seconds that a session of the step lasts, as far as that is up to us. */
export function lifeOf(step: Step): number {
  if (step.kind === "base-session") return step.durationSeconds;
  if (step.kind === "role") return step.hop.durationSeconds ?? usualRoleLife;
  // https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html: a quarter of an hour each.
  if (step.root.kind === "login-session") return 900;
  if (step.root.kind === "web-identity") return step.root.durationSeconds ?? usualRoleLife;
  return usualRoleLife;
}

/** Seconds. What STS gives to a role that asks for nothing else. */
const usualRoleLife = 3600;
