import type { OnAbandoned } from "../../system/children/abandoned.ts";
import type { Clock } from "../../system/clock.ts";
import type { Environment } from "../../system/environment.ts";
import { windowTimeoutMs } from "../../system/limits.ts";
import { printable } from "../../system/printable.ts";
import { cancelledBy, type Judge, type PromptResult } from "../prompt.ts";

/** Programs that ask in a window of their own, by the names that `AWS_AS_PROMPT` takes. */
export const windowKinds = ["pinentry", "zenity", "kdialog", "osascript", "powershell"] as const;
export type WindowKind = (typeof windowKinds)[number];

/** One question in a window: one line to type. All texts are printable. */
export interface WindowQuestion {
  /** What is asked and for which identity, in lines. */
  readonly lines: readonly string[];
  /** What was wrong with the answer before. */
  readonly complaint?: string | undefined;
  /** The label before the field. */
  readonly label: string;
  readonly hidden: boolean;
  /** Milliseconds that the window may stay. */
  readonly timeLimit: number;
  /** Aborted when the answer is no longer wanted: the window closes. */
  readonly signal: AbortSignal;
}

/** Shows the question once. `cannot-ask` means that the window did not come up. Never rejects. */
export type AskInWindow = (question: WindowQuestion) => Promise<PromptResult<string>>;

/** What a question in a window needs. */
export interface WindowPorts {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly onAbandoned: OnAbandoned;
  /** The program that wants the answer, so that the user sees where the window comes from. */
  readonly wantedBy?: (() => string | undefined) | undefined;
}

export interface WindowDialogue<T> {
  readonly lines: readonly string[];
  readonly label: string;
  readonly complaint?: string | undefined;
  readonly judge: Judge<T>;
  readonly hidden?: boolean;
  /** Milliseconds since 1970. */
  readonly deadline?: number | undefined;
  /** How often the question is shown again after an invalid answer. */
  readonly patience: number;
}

/**
 * Asks in a window until there is a valid answer, too many invalid ones (which counts as a no), the time is up, or the
 * answer is no longer wanted. An empty answer is a no.
 */
export async function converseInWindow<T>(
  ports: WindowPorts,
  ask: AskInWindow,
  dialogue: WindowDialogue<T>,
): Promise<PromptResult<T>> {
  const { clock } = ports;
  const abandoned = new AbortController();
  const offAbandoned = ports.onAbandoned(clock, (by) => abandoned.abort(cancelledBy(by)));
  const by = ports.wantedBy?.();
  const lines = [...dialogue.lines, ...(by === undefined ? [] : [`wanted by ${by}`])].map(printable);
  let { complaint } = dialogue;
  try {
    for (let left = dialogue.patience; ; left -= 1) {
      const timeLimit = Math.min(
        windowTimeoutMs,
        (dialogue.deadline ?? Number.POSITIVE_INFINITY) - clock.monotonic(),
      );
      if (timeLimit <= 0) return { kind: "timed-out" };
      const ending = await ask({
        lines,
        label: dialogue.label,
        hidden: dialogue.hidden ?? false,
        timeLimit,
        signal: abandoned.signal,
        complaint: complaint === undefined ? undefined : printable(complaint),
      });
      if (abandoned.signal.aborted) return abandoned.signal.reason;
      if (ending.kind !== "answer") return ending;
      if (ending.value === "") return { kind: "cancelled" };
      const verdict = dialogue.judge(ending.value);
      if ("answer" in verdict) return { kind: "answer", value: verdict.answer };
      if (left === 0) return { kind: "cancelled" };
      complaint = verdict.complaint;
    }
  } finally {
    offAbandoned();
  }
}
