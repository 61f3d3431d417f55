import type { WayToAsk } from "../../prompt/prompt.ts";
import type { Decision } from "../../session/decide.ts";
import type { Forecast, Outcome } from "../../session/foresee.ts";
import type { SessionName } from "../../session/session-name.ts";
import type { StoreKind, StoreState } from "../../store/secret-store.ts";

/** When something ends: RFC 3339 in UTC, and the whole seconds until then, negative when it is past. */
export interface Expiry {
  readonly expiration: string;
  readonly left: number;
}

/** The way to an identity and what would happen on it now: the JSON of `explain`, version 1 (docs/json.md). */
export interface Explanation {
  readonly version: 1;
  readonly identity: string;
  /** As it was typed. */
  readonly asked: string;
  /** The line that gives the name its meaning, where that is none of the identity's own. */
  readonly askedAt: string | null;
  readonly kind: "user" | "role" | "external" | "limited";
  readonly account: string | null;
  /** The line that says that a person has to agree before it is handed out; null: none does. */
  readonly protected: string | null;
  readonly now: NextCall;
  readonly root: ExplainedRoot;
  readonly steps: readonly ExplainedStep[];
  readonly region: { readonly name: string; readonly from: string | null };
  /** What is not as usual on the way to AWS; null where it is as usual. */
  readonly endpoint: {
    readonly sts: string | null;
    readonly iam: string | null;
    readonly partition: string;
    readonly fips: boolean;
    readonly dualStack: boolean;
    readonly caBundle: string | null;
  };
  readonly store: ExplainedStore;
  /** The profiles by which AWS clients get this identity from aws-as. */
  readonly profiles: readonly { readonly name: string; readonly at: string; readonly adopted: boolean }[];
  /** What else is worth knowing. */
  readonly notes: readonly string[];
}

/** What a call made now would come to. */
export interface NextCall {
  readonly outcome: Outcome;
  readonly asks: readonly Question[];
  /** When a code is needed next; null: never, or now, or that is not known. */
  readonly nextCode: Expiry | null;
}

/** Something that a person would be asked. */
export type Question =
  | {
      readonly kind: "code";
      readonly device: string;
      /** False: only if the source turns out to give a long-term key. */
      readonly certain: boolean;
      /** `cannot-ask`: there is no way here. */
      readonly way: WayToAsk["kind"];
      /** The program that would show a window; null: none would. */
      readonly window: string | null;
      readonly because: string;
    }
  /** A sign-in in a browser, where the last one has ended, which only who gives the credentials can tell. */
  | { readonly kind: "sign-in"; readonly to: string };

/** Where the way begins. */
export interface ExplainedRoot {
  readonly kind:
    | "static-keys"
    | "stored-keys"
    | "environment"
    | "sso"
    | "web-identity"
    | "credential-source"
    | "login-session"
    | "temporary-keys"
    | "process";
  readonly profile: string;
  readonly at: string;
  /** The last four characters of the access key id; null where there is no key. */
  readonly key: string | null;
  /** What it is, in words, without the place. */
  readonly text: string;
}

export interface ExplainedStep {
  readonly kind: "base-session" | "source" | "role" | "limit";
  /** The operation, as CloudTrail names it, or what stands in its place. */
  readonly call: string;
  readonly profile: string;
  readonly at: string;
  /** Whose credentials make the call; null: its own. */
  readonly with: string | null;
  readonly because: string;
  readonly device: { readonly serial: string; readonly at: string | null } | null;
  /** Seconds; null where the source decides. */
  readonly duration: number | null;
  readonly role: ExplainedRole | null;
  /** What is cached; null: nothing. Of this and the following nothing is known before the device is. */
  readonly session: Expiry | null;
  readonly decision: Decision["kind"] | null;
  readonly reason: Decision["because"] | null;
  readonly forecast: Forecast | null;
}

export interface ExplainedRole {
  readonly arn: string;
  readonly sessionName: string;
  readonly sessionNameFrom: "profile" | "session_name" | "AWS_ROLE_SESSION_NAME" | SessionName["from"];
  readonly externalId: string | null;
  readonly sourceIdentity: string | null;
  /** Whether a session policy is given. */
  readonly policy: boolean;
  readonly policyArns: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

export interface ExplainedStore {
  /** null: what is asked for is no store. */
  readonly kind: StoreKind | null;
  /** What says so: `AWS_AS_STORE`, `file:line`, or null where nothing does. */
  readonly from: string | null;
  /** null: unknown. */
  readonly state: StoreState["kind"] | null;
  /** Why it is not ready, or does not list what it has. */
  readonly because: string | null;
  /** Whether it lists its items. */
  readonly listed: boolean;
}
