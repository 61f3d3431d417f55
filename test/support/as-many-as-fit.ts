import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { systemClock } from "../../src/system/clock.ts";
import { lockFile } from "../../src/system/files/lock.ts";
import { withoutLong } from "./long.ts";

/** What clears away after a test, or after a part of it. */
export type Scope = Pick<TestContext, "after">;

/** Milliseconds that no story takes on a machine with nothing else to do. */
const busy = 30_000;

/**
 * Runs a story of many programs at once, and again with fewer where it failed on a machine that was too busy for so many:
 * the limits of the program (50 s for a question, 3 s for a keychain) are the same on every machine. How often AWS and the
 * person were asked must be right with any number. No two such stories run at the same time.
 *
 * @param sizes how many, the largest first: it takes minutes, and is left to AWS_AS_TEST_LONG=1
 */
export async function asManyAsFit(
  t: TestContext,
  sizes: readonly number[],
  story: (size: number, scope: Scope) => Promise<void>,
): Promise<void> {
  const turn = await lockFile(join(tmpdir(), `aws-as-tests-${userInfo().uid}`, "crowd"), {
    clock: systemClock,
  });
  try {
    for (const size of withoutLong() ? sizes.slice(1) : sizes) {
      const began = performance.now();
      const clearings: (() => unknown)[] = [];
      try {
        await story(size, { after: (clear) => clearings.unshift(clear as () => unknown) });
        return;
      } catch (error) {
        const took = performance.now() - began;
        if (took < busy || size === sizes.at(-1)) throw error;
        const [reason] = String(error).split("\n");
        t.diagnostic(
          `NOT TESTED with ${size}: the machine is busy, it failed after ${Math.round(took)} ms: ${reason}`,
        );
      } finally {
        for (const clear of clearings) await clear();
      }
    }
  } finally {
    turn?.release();
  }
}
