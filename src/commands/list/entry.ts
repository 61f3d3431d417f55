import { readLimitedName } from "../../config/resolve/effective-profile.ts";
import type { Identity, Position } from "../../config/resolve/identity.ts";
import type { IdentityName } from "../../config/resolve/identity-list.ts";
import type { Stanza } from "../../profiles/stanzas.ts";
import { codeNeededAt, foresee, lifeOf, maySignIn, type Outcome, outcomeOf } from "../../session/foresee.ts";
import type { Plan } from "../../session/plan.ts";
import type { StoredItem } from "../../store/secret-store.ts";
import type { UserError } from "../../system/user-error.ts";

/** A session that is cached, or was: milliseconds since 1970, and in all how long it lasts. */
export interface Life {
  readonly expiresAt: number;
  readonly milliseconds: number;
}

/** What the configuration makes of a name. */
export type Resolved =
  /** `deviceKnown` false: the plan is one without a device, since IAM has not been asked for it yet. */
  | {
      /** The identity's own name; another for a name of the project. */
      readonly name: string;
      readonly plan: Plan;
      readonly deviceKnown: boolean;
      readonly source: string | undefined;
      readonly signedIn: boolean | undefined;
      readonly guard: Identity["guard"];
    }
  | { readonly error: UserError };

/** What surrounds the identities. */
export interface Surroundings {
  /** The profiles by which clients get each, by its name. */
  readonly stanzas: ReadonlyMap<string, readonly Stanza[]>;
  /** What the store lists, by name. */
  readonly items: ReadonlyMap<string, StoredItem>;
  /** The identity of this shell. */
  readonly acting: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** An identity, as it is listed. */
export interface Entry {
  readonly name: string;
  readonly kind: IdentityName["kind"];
  readonly position: Position;
  /** A name that the project's file gives to a role, which may have one of its own as well. */
  readonly ofProject?: boolean;
  /** This shell acts as it. */
  readonly isCurrent: boolean;
  /** What this shell may do of it, where it is less: `read-only`, or the path of a policy, with `, ` between. */
  readonly currentLimits?: string | undefined;
  /** A person has to agree before it is handed out. */
  readonly isProtected: boolean;
  /** The identity that its credentials come from; undefined: none, it is a root. */
  readonly source?: string | undefined;
  readonly account?: string | undefined;
  /** The device whose code its sessions need; undefined: none, or unknown. */
  readonly device?: string | undefined;
  readonly deviceKnown: boolean;
  /** Its own session, also one that has ended. */
  readonly session?: Life | undefined;
  /** The session that its own is got with, where that is another. */
  readonly base?: Life | undefined;
  /** Until when no code is needed, in milliseconds since 1970. */
  readonly codeNeededAt?: number | undefined;
  /** Of a call made now. */
  readonly outcome?: Outcome | undefined;
  /** Whether a sign-in in a browser may be part of it. */
  readonly maySignIn: boolean;
  /** Whether somebody is signed in to its Identity Center session; undefined: it has none, or that is not known. */
  readonly signedIn?: boolean | undefined;
  readonly stanzas: readonly Stanza[];
  /** Why it cannot be used. */
  readonly error?: UserError | undefined;
}

/** An identity with what the store lists of its sessions. Pure. */
export function entryOf(
  { name, kind, position, ofProject }: IdentityName,
  found: Resolved,
  { stanzas, items, acting, now }: Surroundings,
): Entry {
  const own = "error" in found ? name : found.name;
  const { base: current, limits = [] } = acting === undefined ? {} : readLimitedName(acting);
  const isCurrent = own === current;
  const common = {
    name,
    kind,
    position,
    ...(ofProject && { ofProject }),
    stanzas: stanzas.get(own) ?? [],
    isCurrent,
    currentLimits: isCurrent && limits.length > 0 ? limits.join(", ") : undefined,
    isProtected: "guard" in found && found.guard?.protected !== undefined,
  };
  if ("error" in found) return { ...common, deviceKnown: false, maySignIn: false, error: found.error };
  const { plan, deviceKnown, source, signedIn } = found;
  const foreseen = foresee(plan, items, now);
  const lives = foreseen.map(({ step, expiresAt }) =>
    expiresAt === undefined ? undefined : { expiresAt, milliseconds: lifeOf(step) * 1000 },
  );
  const [session, base] = [lives.at(-1), lives.length > 1 ? lives[0] : undefined];
  return {
    ...common,
    deviceKnown,
    source,
    account: plan.accountId,
    device: plan.steps.find((step) => step.device !== undefined)?.device,
    session,
    base,
    codeNeededAt: codeNeededAt(foreseen, now),
    outcome: outcomeOf(foreseen, deviceKnown),
    maySignIn: maySignIn(foreseen),
    signedIn,
  };
}
