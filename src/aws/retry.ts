import type { Clock } from "../system/clock.ts";
import { AwsError } from "./aws-error.ts";
import type { Exchange, Network } from "./network.ts";
import type { Limits } from "./send.ts";
import { isAwsXml } from "./service-errors.ts";

const tries = 3;
const longestPause = 20_000;

/** Milliseconds to wait before the next try, or undefined when there must not be one. */
export type Pause = (attempt: number, error: AwsError, exchange: Exchange) => number | undefined;

/**
 * The SDK's standard mode: three tries, exponential pauses with full jitter. Ours because it must know more than the
 * SDK's does: with an MFA code in it, a request that may have arrived is never sent again, as AWS takes a code once
 * and the second try would be told that the code is wrong.
 */
export function standardPause(withMfaCode: boolean, random: () => number = Math.random): Pause {
  return (attempt, error, exchange) => {
    if (attempt >= tries || exchange.isFinal || !isPassing(error)) return undefined;
    if (withMfaCode && exchange.sent && !wasTurnedAway(error, exchange)) return undefined;
    const base = error.kind === "throttled" ? 500 : 100;
    return Math.min(longestPause, base * 2 ** (attempt - 1)) * random();
  };
}

/** Whether the same request may well succeed a moment later. */
function isPassing({ kind }: AwsError): boolean {
  return ["throttled", "unavailable", "network", "timeout"].includes(kind);
}

/**
 * Whether AWS itself turned the request away at the door. Throttling and 503 come from there, before anything of the
 * request is looked at. A 500 may come from behind it, and a 503 that is not AWS's from anybody on the way.
 */
function wasTurnedAway(error: AwsError, { answer }: Exchange): boolean {
  if (answer === undefined || !isAwsXml(answer)) return false;
  return error.kind === "throttled" || answer.statusCode === 503;
}

/** Runs `attempt` until it succeeds, must not be repeated, or the deadline (milliseconds of the monotonic clock) is too near. */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  pauseAfter: (attempt: number, error: unknown) => number | undefined,
  limits: { clock: Clock; deadline?: number | undefined; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const pause = pauseAfter(count, error);
      const end = limits.deadline ?? Number.POSITIVE_INFINITY;
      if (pause === undefined || limits.clock.monotonic() + pause >= end) throw error;
      try {
        await limits.clock.sleep(pause, limits.signal);
      } catch {
        throw error;
      }
    }
  }
}

/** How long, and until when, AWS is asked. */
export interface TryOptions {
  readonly clock: Clock;
  /** Milliseconds since 1970 by `clock`: no call goes on after it. */
  readonly deadline?: number | undefined;
  /** Ends what is under way with an AwsError of exit code 130. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds per try. */
  readonly limits?: Limits;
}

/** What is tried. */
export interface Trial<T> {
  readonly network: Network;
  /** As AWS writes it: `sts:AssumeRole`. */
  readonly action: string;
  /** A request that may have arrived is not sent again. */
  readonly once: boolean;
  attempt(exchange: Exchange): Promise<T>;
  /** In our words, what an attempt threw. */
  failure(thrown: unknown, exchange: Exchange): AwsError;
}

const defaultLimits: Limits = { connect: 5_000, answer: 20_000 };

/** Tries a call until it succeeds or must not be repeated. Fails with an AwsError. */
export async function inTries<T>(trial: Trial<T>, options: TryOptions): Promise<T> {
  const { clock, deadline, signal } = options;
  const pause = standardPause(trial.once);
  let exchange: Exchange;
  return await withRetries(
    async () => {
      exchange = trial.network.exchange(limitsNow(trial.action, options), signal);
      try {
        return await trial.attempt(exchange);
      } catch (error) {
        throw trial.failure(error, exchange);
      }
    },
    (count, error) => (error instanceof AwsError && exchange ? pause(count, error, exchange) : undefined),
    { clock, deadline, signal },
  );
}

function limitsNow(action: string, { clock, deadline, limits = defaultLimits }: TryOptions): Limits {
  const { connect, answer } = limits;
  if (deadline === undefined) return { connect, answer };
  const left = deadline - clock.monotonic();
  if (left <= 0) throw new AwsError("timeout", `no time left to ask ${action}`);
  return { connect: Math.min(connect, left), answer: Math.min(answer, left) };
}
