import { type Acting, actAs } from "../credentials/act-as.ts";
import type { Machine } from "../machine/machine.ts";
import { isDueForRenewal } from "../session/decide.ts";
import { processTimeoutMs } from "../system/limits.ts";
import { UserError } from "../system/user-error.ts";

/** Credentials of identities, kept and renewed for as long as a command or a container needs them. */
export interface Supply {
  /**
   * What an identity has now. A session that nears its end is renewed behind the back of who asks; only where none is left
   * does the answer wait.
   *
   * @throws UserError where there are none
   */
  credentialsOf(name: string): Promise<Acting>;
}

interface Held {
  acting: Acting | undefined;
  renewal: Promise<void> | undefined;
  /** Milliseconds since 1970 until which a failed renewal is not tried again while the session lives. */
  restUntil: number;
  failure: UserError | undefined;
  /** A person was asked before the end, and will not be asked again before it. */
  hasAsked: boolean;
}

/** Milliseconds. Credentials with less to live reach nobody in time. */
const spentMs = 5_000;

/** Milliseconds between tries to renew a session that still lives. */
const restMs = 60_000;

/** Milliseconds before the end of all that can be renewed without a code, from which on a person is asked for the next one. */
const askAheadMs = 10 * 60_000;

/**
 * @param first what was got already, by name
 * @param warn hears what failed, once for each failure
 */
export function supplyOf(
  first: ReadonlyMap<string, Acting>,
  way: "exec" | "serve",
  machine: Machine,
  warn: (message: string) => void,
): Supply {
  const { clock } = machine;
  const all = new Map<string, Held>();
  for (const [name, acting] of first) {
    all.set(name, { acting, renewal: undefined, restUntil: 0, failure: undefined, hasAsked: false });
  }
  const leftOf = ({ acting }: Held) => (acting?.session.expiresAt ?? 0) - clock.now();

  const act = (name: string, renew: boolean) => {
    const deadline = clock.monotonic() + processTimeoutMs;
    // Who agreed to a command agreed to all of it: a question in its middle would end it.
    const isAgreed = way === "exec";
    return actAs({ name, way, isAgreed, unattended: true, deadline, renew }, machine, warn);
  };

  async function renewed(name: string, held: Held): Promise<void> {
    const before = held.acting?.session.expiresAt ?? 0;
    try {
      held.acting = await act(name, false);
      if (leftOf(held) < askAheadMs && !held.hasAsked) {
        held.hasAsked = true;
        held.acting = await act(name, true);
      }
      held.failure = undefined;
      if (held.acting.session.expiresAt > before) held.hasAsked = false;
    } catch (error) {
      const failure = error instanceof UserError ? error : new UserError("a bug of aws-as", { cause: error });
      if (held.failure?.message !== failure.message) {
        warn(
          `could not renew "${name}": ${failure.message.split("\n")[0]}; to do it by hand: aws-as login ${name}`,
        );
      }
      held.failure = failure;
    }
    held.restUntil = clock.now() + restMs;
  }

  return {
    credentialsOf: async (name) => {
      const held = all.get(name);
      if (held === undefined) throw new Error(`nothing was got for ${name}`);
      const { acting } = held;
      if (acting !== undefined && !isDueForRenewal(acting.session, clock.now())) return acting;
      const isSpent = () => leftOf(held) <= spentMs;
      if (isSpent() || clock.now() >= held.restUntil) {
        held.renewal ??= renewed(name, held).finally(() => {
          held.renewal = undefined;
        });
      }
      if (isSpent()) await held.renewal;
      if (held.acting === undefined || isSpent())
        throw held.failure ?? new UserError(`"${name}" has expired`);
      return held.acting;
    },
  };
}
