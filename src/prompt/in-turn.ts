import type { Clock } from "../system/clock.ts";
import type { Notes } from "../system/files/notes.ts";
import { UserError } from "../system/user-error.ts";
import type { PromptResult } from "./prompt.ts";
import { recently, refusals } from "./refusals.ts";

/** One question that many processes may have at the same moment. */
export interface SharedQuestion<T> {
  readonly clock: Clock;
  readonly notes: Notes;
  /** Waits for the turn; undefined when it did not come in time. */
  readonly lock: () => Promise<{ release(): void } | undefined>;
  /** Names the question for the memory of refusals. */
  readonly key: string;
  /** A program calls us: a no to one is a no to those that wait behind it, or come again at once. */
  readonly unattended: boolean;
  /** What a no means, as an error. */
  readonly refusal: string;
  readonly ask: () => Promise<PromptResult<T>>;
}

/**
 * Asks when it is our turn, so that a person has one question before them and not twenty.
 *
 * @throws UserError with exit status 130 when the person says no, or said so a moment ago
 */
export async function askInTurn<T>(shared: SharedQuestion<T>): Promise<PromptResult<T>> {
  const { clock, notes, key, refusal } = shared;
  const memory = refusals(notes, clock, key);
  const turn = await shared.lock();
  if (turn === undefined) return { kind: "timed-out" };
  try {
    if (shared.unattended) await memory.throwIfAny(recently(clock), "run the same command again in a moment");
    const ending = await shared.ask();
    if (ending.kind !== "cancelled") return ending;
    const refused = new UserError(refusal, { exitCode: 130 });
    if (ending.by !== "caller") await memory.remember(refused);
    throw refused;
  } finally {
    turn.release();
  }
}
