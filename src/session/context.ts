import type { Aws } from "../aws/aws.ts";
import type { GetFromSource, SignInRoot } from "../sources/source.ts";
import type { SecretStore } from "../store/secret-store.ts";
import type { CachedSession } from "./item.ts";
import type { CodePorts } from "./mfa-code.ts";
import type { Plan, Step } from "./plan.ts";

/* What one call of `obtain` works with. */

/** A lock that is held. */
export interface HeldLock {
  release(): void;
}

/** What `obtain` touches. */
export interface Ports extends CodePorts {
  readonly store: SecretStore;
  readonly aws: Aws;
  readonly source: GetFromSource;
  /** Names the sign-in that is there now; undefined: nobody is signed in. */
  signIn(root: SignInRoot): Promise<string | undefined>;
  /** Waits for the one lock of a base identity; undefined when it could not be had before the deadline. */
  lock(name: string, deadline: number | undefined): Promise<HeldLock | undefined>;
  /** A valid role session name from the local user's name. */
  readonly localName: string;
  /** Reports something that did not stop the call. */
  warn(message: string): void;
  /** Finishes the work even when the caller goes away or sends a signal meanwhile. */
  outlast<T>(work: () => Promise<T>): Promise<T>;
}

/** Which sessions to get anew: the identity's own, or also those that it is got with, with a new code. */
export type Renewal = "own" | "all";

/** How, and how long, the caller waits. */
export interface CallOptions {
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** A program calls, and may call again at once: a refusal of a moment ago still counts. */
  readonly unattended: boolean;
  /** Names the terminal, so that a refusal on one does not count on another. */
  readonly terminal: () => string;
  /**
   * Ignore sessions that were there when this call began. They stay in the store until new ones replace them, so that
   * a person who cancels at the question has lost nothing.
   */
  readonly renew?: Renewal | undefined;
  /** Warn of an early renewal that failed, also where a program calls: a shell that renews by itself. */
  readonly tellOfRenewal?: boolean | undefined;
  /** The session is wanted in the store (login): failing to save it is an error. */
  readonly toKeep?: boolean | undefined;
}

export interface ObtainContext {
  readonly plan: Plan;
  readonly ports: Ports;
  readonly options: CallOptions;
  /** Milliseconds since 1970. */
  readonly began: number;
  /** The session of a step that is there; undefined also for one that this call is to replace, or whose sign-in has ended. */
  read(step: Step): Promise<CachedSession | undefined>;
}
