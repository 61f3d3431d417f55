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
}

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

/** Asks until there is an answer, patience ends (which counts as a no), time is up or the asker is gone. */
export async function converse<T>(ports: ConversationPorts, dialogue: Dialogue<T>): Promise<PromptResult<T>> {
  const terminal = ports.terminal.open();
  if (typeof terminal === "string") return { kind: "cannot-ask", because: noTerminal(terminal) };
  const ending = new AbortController();
  const giveUp = (how: PromptResult<never>) => ending.abort(how);
  const offAbandoned = ports.onAbandoned(ports.clock, (by) => giveUp(cancelledBy(by)));
  if (dialogue.deadline !== undefined) {
    const left = Math.max(0, dialogue.deadline - ports.clock.now());
    ports.clock.sleep(left, ending.signal).then(
      () => giveUp({ kind: "timed-out" }),
      () => {},
    );
  }
  try {
    const result = await ask(terminal, dialogue, ending.signal);
    if (result.kind !== "answer" || dialogue.hidden) await terminal.write("\n");
    return result;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    await terminal.write("\n");
    return ending.signal.reason;
  } finally {
    offAbandoned();
    terminal.close();
    ending.abort();
  }
}

async function ask<T>(
  terminal: OpenTerminal,
  dialogue: Dialogue<T>,
  signal: AbortSignal,
): Promise<PromptResult<T>> {
  for (const line of terminal.typedAhead()) {
    const verdict = dialogue.judge(line);
    if (dialogue.takesTypedAhead && "answer" in verdict) return { kind: "answer", value: verdict.answer };
  }
  if (dialogue.hidden && !terminal.hideTyping()) {
    return { kind: "cannot-ask", because: "this terminal cannot hide what is typed" };
  }
  terminal.onReturn(() => void terminal.write(dialogue.question, signal));
  if (dialogue.preface !== undefined) await terminal.write(`${dialogue.preface}\n`, signal);
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
