import type { OnAbandoned } from "../system/children/abandoned.ts";
import type { Clock } from "../system/clock.ts";
import type { OpenTerminal, Terminal } from "../system/terminal/terminal.ts";
import { noTerminal } from "./choose-way.ts";
import { cancelledBy, type Judge, type PromptResult } from "./prompt.ts";

/**
 * Talking with a person on the terminal.
 *
 * - Everything goes to the terminal device, never to a standard stream: callers capture those.
 * - What is shown ends with a newline however the conversation ends, so that the next words start a line.
 * - In the background the terminal is not touched at all: that would stop the user's whole job.
 */

/** What a question to a person needs. */
export interface ConversationPorts {
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly onAbandoned: OnAbandoned;
  /** Waits for this process's turn to ask on the terminal. Rejects with the signal's reason. */
  readonly turn: (signal: AbortSignal) => Promise<Turn>;
}

/** The terminal is ours: no other aws-as asks on it. */
export interface Turn {
  /** Another one asked first. */
  readonly waited: boolean;
  release(): void;
}

/** Milliseconds. With less than this left, nobody could read the question and answer it. */
const leastTime = 5000;

export interface Dialogue<T> {
  /** What is said once, before the question; a whole line without its end. */
  readonly preface?: string | undefined;
  readonly question: string;
  readonly judge: Judge<T>;
  /** Milliseconds since 1970. */
  readonly deadline?: number | undefined;
  /** How often a line that is no answer is met by the question again. */
  readonly patience: number;
  readonly hidden?: boolean;
  /** Lines typed before the question may answer it; those that do not are dropped without a word. */
  readonly takesTypedAhead?: boolean;
}

/**
 * Asks until there is an answer, patience ends (which counts as a no), time is up or the asker is gone. One question at a
 * time: two on one terminal would stand on one line, and whoever reads first would get the answer to the other.
 */
export async function converse<T>(ports: ConversationPorts, dialogue: Dialogue<T>): Promise<PromptResult<T>> {
  const state = ports.terminal.state();
  if (state !== "foreground") return { kind: "cannot-ask", because: noTerminal(state) };
  const ending = new AbortController();
  const giveUp = (how: PromptResult<never>) => ending.abort(how);
  const offAbandoned = ports.onAbandoned(ports.clock, (by) => giveUp(cancelledBy(by)));
  const left = () => (dialogue.deadline ?? Number.POSITIVE_INFINITY) - ports.clock.monotonic();
  if (dialogue.deadline !== undefined) {
    ports.clock.sleep(Math.max(0, left()), ending.signal).then(
      () => giveUp({ kind: "timed-out" }),
      () => {},
    );
  }
  let turn: Turn | undefined;
  let terminal: OpenTerminal | undefined;
  try {
    turn = await ports.turn(ending.signal);
    if (turn.waited && left() < leastTime) return { kind: "timed-out" };
    const opened = ports.terminal.open();
    if (typeof opened === "string") return { kind: "cannot-ask", because: noTerminal(opened) };
    terminal = opened;
    // A suspended question must not hold up those of the next job.
    terminal.onStop(() => {
      turn?.release();
      turn = undefined;
    });
    terminal.onLost(async () => {
      await showAgain().catch(() => {});
    });
    const result = await ask(opened, dialogue, turn.waited ? secondsIn(left()) : undefined, ending.signal);
    if (result.kind !== "answer" || dialogue.hidden) await terminal.write("\n");
    return result;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    await terminal?.write("\n");
    return ending.signal.reason;
  } finally {
    offAbandoned();
    terminal?.close();
    turn?.release();
    ending.abort();
  }

  async function showAgain(): Promise<void> {
    turn ??= await ports.turn(ending.signal);
    await terminal?.write(dialogue.question, ending.signal);
  }
}

async function ask<T>(
  terminal: OpenTerminal,
  dialogue: Dialogue<T>,
  timeLeft: string | undefined,
  signal: AbortSignal,
): Promise<PromptResult<T>> {
  for (const line of terminal.typedAhead()) {
    const verdict = dialogue.judge(line);
    if (dialogue.takesTypedAhead && "answer" in verdict) return { kind: "answer", value: verdict.answer };
  }
  if (dialogue.hidden && !terminal.hideTyping()) {
    return { kind: "cannot-ask", because: "this terminal cannot hide what is typed" };
  }
  for (const line of [dialogue.preface, timeLeft])
    if (line !== undefined) await terminal.write(`${line}\n`, signal);
  for (let left = dialogue.patience; ; left -= 1) {
    await terminal.write(dialogue.question, signal);
    const line = await terminal.readLine(signal);
    if (line.kind === "end") return { kind: "cancelled" };
    if (line.kind === "background") return { kind: "cannot-ask", because: noTerminal("background") };
    const verdict = dialogue.judge(line.text);
    if ("answer" in verdict) return { kind: "answer", value: verdict.answer };
    if (left === 0) return { kind: "cancelled" };
    await terminal.write(`${dialogue.hidden ? "\n" : ""}${verdict.complaint}\n`, signal);
  }
}

/** What is said of the time to a person who answered another question first; nothing where time does not matter. */
function secondsIn(left: number): string | undefined {
  return Number.isFinite(left) ? `${Math.floor(left / 1000)} s are left for this answer` : undefined;
}
