import { setTimeout as delay } from "node:timers/promises";

/** Time, as a value that tests can move. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Milliseconds on a clock that only goes forward, whoever sets the other one: waiting and deadlines go by this. */
  monotonic(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not `performance`, whose first use loads a part of Node that takes a millisecond.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: async (milliseconds, signal) => {
    try {
      await delay(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** RFC 3339 in UTC without a fraction: the only form that old and new AWS clients all read correctly. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A span for a person's eyes: `11 h 58 min`, `4 min`, `under a minute`. Milliseconds in. */
export function timeLeft(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return milliseconds > 0 ? "under a minute" : "no time";
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds that a person has written: `90m`, `1h30m`, `12h`, `3600`; undefined for anything else. */
export function secondsIn(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!/^(\d{1,6}[dhms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}
