import type { TerminalState } from "../system/terminal.ts";
import { UserError } from "../system/user-error.ts";

/** What `AWS_AS_PROMPT` may say. `none` also silences `mfa_process`, which may wait for a person's touch. */
export const promptChoices = ["terminal", "process", "none"] as const;
export type PromptChoice = (typeof promptChoices)[number];

/** How a code is got, and why this way. `because` of `cannot-ask` ends "there is no way to ask: …". */
export type Way =
  | { readonly kind: "given"; readonly code: string; readonly because: string }
  | { readonly kind: "process"; readonly command: string; readonly because: string }
  | { readonly kind: "terminal"; readonly because: string }
  | { readonly kind: "cannot-ask"; readonly because: string };

/** What the choice depends on. */
export interface Ways {
  /** A code from `--code` or `AWS_AS_MFA_CODE` that has not been used yet. */
  readonly given: string | undefined;
  /** The command line of `mfa_process`. */
  readonly mfaProcess: string | undefined;
  readonly wanted: PromptChoice | undefined;
  readonly terminal: TerminalState;
}

/** Reads `AWS_AS_PROMPT`; empty counts as unset. */
export function promptChoice(text: string | undefined): PromptChoice | undefined {
  if (text === undefined || text === "") return undefined;
  const choice = promptChoices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new UserError(`AWS_AS_PROMPT is "${text}", which is no known way to ask`, {
    hints: [`known ways: ${promptChoices.join(", ")}`],
    exitCode: 2,
  });
}

/**
 * The first way that can work. A given code asks nobody, so it comes before everything, `none` included.
 * Further ways (pinentry, desktop dialogs) are further steps after the terminal.
 */
export function chooseWay({ given, mfaProcess, wanted, terminal }: Ways): Way {
  if (given !== undefined) return { kind: "given", code: given, because: "a code was given" };
  if (wanted === "none") return { kind: "cannot-ask", because: 'AWS_AS_PROMPT is "none"' };
  if (wanted !== "terminal" && mfaProcess !== undefined) {
    return { kind: "process", command: mfaProcess, because: "mfa_process is set" };
  }
  if (wanted === "process") {
    return { kind: "cannot-ask", because: 'AWS_AS_PROMPT is "process", and no mfa_process is set' };
  }
  return terminal === "foreground"
    ? { kind: "terminal", because: "there is a terminal" }
    : { kind: "cannot-ask", because: noTerminal(terminal) };
}

/** Why nobody can be asked on the terminal. */
export function noTerminal(state: Exclude<TerminalState, "foreground">): string {
  return state === "background" ? "this is a background job" : "there is no terminal";
}
