import type { Clock } from "../system/clock.ts";
import { AwsError } from "./aws-error.ts";
import type { Exchange, Network } from "./network.ts";
import { standardPause, withRetries } from "./retry.ts";
import type { Limits } from "./send.ts";

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
  const left = deadline - clock.now();
  if (left <= 0) throw new AwsError("timeout", `no time left to ask ${action}`);
  return { connect: Math.min(connect, left), answer: Math.min(answer, left) };
}
