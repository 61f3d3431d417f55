import type { AbandonedBy } from "../system/children/abandoned.ts";
import type { Secret } from "../system/secret.ts";
import type { PromptWay } from "./choose-way.ts";

/** All that a person must see to give the right code. */
export interface CodeQuestion {
  /** The identity's name, as the person typed it. */
  readonly identity: string;
  /** The MFA device's serial. */
  readonly device: string;
  /** 1 for the first question, up to 3. */
  readonly attempt: number;
  /** Why a code is asked for again: what AWS said of the one before, or that the session before was not kept. */
  readonly refusal?: string | undefined;
  /** Milliseconds of the monotonic clock after which the answer comes too late. Absent: no limit. */
  readonly deadline?: number | undefined;
}

/** How a question ended. Codes are six digits, checked before they get here. */
export type CodeAnswer =
  | { readonly kind: "code"; readonly code: string; readonly from: "given" | "process" | "person" }
  /** Nobody could be asked; `because` ends the sentence "and there is no way to ask: …". */
  | { readonly kind: "cannot-ask"; readonly because: string }
  | Cancelled
  | { readonly kind: "timed-out" };

/** The person said no (Ctrl-C, Ctrl-D, an empty line); or, by the caller, the answer is no longer wanted. */
export interface Cancelled {
  readonly kind: "cancelled";
  readonly by?: "caller";
}

export function cancelledBy(by: AbandonedBy): Cancelled {
  return by === "caller" ? { kind: "cancelled", by } : { kind: "cancelled" };
}

/** How a code would be got, and why this way, without the code or the command. `cannot-ask`: there is no way. */
export interface WayToAsk {
  readonly kind: PromptWay["kind"];
  /** The program that would show a window, where one would. */
  readonly window?: string | undefined;
  readonly because: string;
}

/** Asks for an MFA code, in the first way that can work. */
export type AskMfaCode = (question: CodeQuestion) => Promise<CodeAnswer>;

/** How a question ended. `because` of `cannot-ask` ends "there is no way to ask: …". */
export type PromptResult<T> =
  | { readonly kind: "answer"; readonly value: T }
  | { readonly kind: "cannot-ask"; readonly because: string }
  | Cancelled
  | { readonly kind: "timed-out" };

/** Judges one line: the answer, or what to say before the question is put again. */
export type Judge<T> = (line: string) => { readonly answer: T } | { readonly complaint: string };

/** Talks with the person on the terminal. */
export interface People {
  /** A question of yes or no; an empty line means no. The lines of the preface are said before it. */
  confirm(question: string, preface?: readonly string[]): Promise<PromptResult<boolean>>;
  /** A line that `judge` accepts. */
  line(
    question: string,
    judge: Judge<string>,
    preface?: readonly string[],
    deadline?: number,
  ): Promise<PromptResult<string>>;
  /** A line that is not shown while it is typed. */
  secret(question: string): Promise<PromptResult<Secret>>;
  /**
   * One of many, from a list that the person narrows by typing.
   *
   * @param typed what the person has typed already
   */
  pick(question: string, choices: readonly Choice[], typed: string): Promise<PromptResult<string>>;
}

/** What can be picked from a list. */
export interface Choice {
  readonly name: string;
  /** What stands in the list. */
  readonly shown: string;
  /** What it is found by beside that: ARNs. */
  readonly words: string;
}
