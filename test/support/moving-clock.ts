import type { Clock } from "../../src/system/clock.ts";

/** A clock that stands still until the test moves it; sleeping moves it. Milliseconds. */
export interface MovingClock extends Clock {
  advance(milliseconds: number): void;
}

export function movingClock(start = Date.parse("2026-01-01T00:00:00Z")): MovingClock {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
}
