import type { Clock } from "../system/clock.ts";
import type { Notes } from "../system/files/notes.ts";
import { refusalMemoryMs } from "../system/limits.ts";
import { UserError } from "../system/user-error.ts";
import type { PromptResult } from "./prompt.ts";

const ago = " (a moment ago)";

/** Remembers for ten seconds that a question to a person came to nothing, per session asked for and terminal. */
export interface Refusals {
  /**
   * Throws the failure again when there was one at or after this moment (milliseconds since 1970). The hint is for a
   * failure that had none: at the time it needed no explaining, and now nothing on the screen does.
   */
  throwIfAny(since: number, hint: string): Promise<void>;
  remember(error: UserError): Promise<void>;
  forget(): Promise<void>;
}

/** @param key names the session that is asked for, and the terminal */
export function refusals(notes: Notes, clock: Clock, key: string): Refusals {
  const name = `refusals/${key}`;
  return {
    async throwIfAny(since, hint) {
      const note = (await notes.read(name)) as
        | { at?: unknown; message?: unknown; hints?: unknown; exitCode?: unknown }
        | undefined;
      const age = typeof note?.at === "number" ? clock.now() - note.at : Number.NaN;
      // A clock that was set back must not turn ten seconds into hours.
      if (!(age >= 0 && age <= refusalMemoryMs) || typeof note?.at !== "number" || note.at < since) return;
      const noted = Array.isArray(note.hints) ? note.hints.filter((each) => typeof each === "string") : [];
      const hints = noted.length > 0 ? noted : [hint];
      const message = String(note.message);
      throw new UserError(message.endsWith(ago) ? message : `${message}${ago}`, {
        hints,
        exitCode: note.exitCode === 130 ? 130 : 1,
      });
    },
    remember: ({ message, hints, exitCode }) =>
      notes.write(name, { at: clock.now(), message, hints, exitCode }),
    forget: () => notes.remove(name),
  };
}

/** The start of the time in which a failure of a moment ago counts for a caller that did not see it happen. */
export function recently(clock: Clock): number {
  return clock.now() - refusalMemoryMs;
}

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
