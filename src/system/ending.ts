import { systemClock } from "./clock.ts";

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Resolves, with the reason in words, when somebody ends this process, when who started it is gone (within a second), or when
 * the time is up. The signals do not end the process by themselves from here on.
 *
 * @param milliseconds undefined: without an end
 */
export async function ending(milliseconds: number | undefined): Promise<string> {
  const { callerIsGone } = await import("./children/abandoned.ts");
  const end = milliseconds === undefined ? Number.POSITIVE_INFINITY : systemClock.monotonic() + milliseconds;
  let signalled: string | undefined;
  const wake = new AbortController();
  for (const signal of signals) {
    process.once(signal, () => {
      signalled = signal;
      wake.abort();
    });
  }
  for (;;) {
    if (signalled !== undefined) return signalled;
    if (callerIsGone()) return "what started it is gone";
    const left = end - systemClock.monotonic();
    if (left <= 0) return "its time is up";
    await systemClock.sleep(Math.min(left, 1000), wake.signal).catch(() => undefined);
  }
}
