import type { TerminalState } from "../system/terminal/terminal.ts";
import { UserError } from "../system/user-error.ts";
import type { Desktop } from "./desktop.ts";
import { type WindowKind, windowKinds } from "./window/window.ts";

/**
 * What `AWS_AS_PROMPT` may say: one way and no other. `dialog` is whichever desktop dialog there is. `none` also silences
 * `mfa_process`, which may wait for a person's touch.
 */
export const promptChoices = ["terminal", "process", ...windowKinds, "dialog", "none"] as const;
export type PromptChoice = (typeof promptChoices)[number];

/** How something is asked for, and why this way. `because` of `cannot-ask` ends "there is no way to ask: …". */
export type PromptWay =
  | { readonly kind: "given"; readonly code: string; readonly because: string }
  | { readonly kind: "process"; readonly command: string; readonly because: string }
  | { readonly kind: "terminal"; readonly because: string }
  | { readonly kind: "window"; readonly window: WindowKind; readonly because: string }
  | { readonly kind: "cannot-ask"; readonly because: string };

/** What the choice depends on. */
export interface PromptConditions {
  /** A code from `--code` or `AWS_AS_MFA_CODE` that has not been used yet. */
  readonly given: string | undefined;
  /** The command line of `mfa_process`. */
  readonly mfaProcess: string | undefined;
  readonly wanted: PromptChoice | undefined;
  readonly terminal: TerminalState;
  /** Looked at when a person has to be asked. */
  readonly desktop: () => Desktop;
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
 * The ways to a code, in the order in which they are tried until one works. Never empty; where nothing can work, the one
 * entry says why. A given code needs no person, so it comes before everything, `none` included.
 */
export function waysToCode({ given, mfaProcess, ...ways }: PromptConditions): readonly PromptWay[] {
  if (given !== undefined) return [{ kind: "given", code: given, because: "a code was given" }];
  const { wanted } = ways;
  if (wanted !== "none" && (wanted === undefined || wanted === "process") && mfaProcess !== undefined) {
    return [{ kind: "process", command: mfaProcess, because: "mfa_process is set" }];
  }
  if (wanted === "process") {
    return [{ kind: "cannot-ask", because: 'AWS_AS_PROMPT is "process", and no mfa_process is set' }];
  }
  return waysToPerson({ ...ways, wanted });
}

/** The ways to a person, who types a code or a passphrase; by what they can see. */
export function waysToPerson({
  wanted,
  terminal,
  desktop,
}: {
  readonly wanted: Exclude<PromptChoice, "process"> | undefined;
  readonly terminal: TerminalState;
  readonly desktop: () => Desktop;
}): readonly PromptWay[] {
  const onTerminal: readonly PromptWay[] =
    terminal === "foreground"
      ? [{ kind: "terminal", because: "there is a terminal" }]
      : [{ kind: "cannot-ask", because: noTerminal(terminal) }];
  switch (wanted) {
    case "none":
      return [{ kind: "cannot-ask", because: 'AWS_AS_PROMPT is "none"' }];
    case "terminal":
      return onTerminal;
    case undefined: {
      const windows = windowsFor(desktop());
      // A terminal that stops being ours over the question (Ctrl-Z, bg) or cannot hide typing gives way to a window.
      if (terminal === "foreground") return [...onTerminal, ...windows];
      return windows.length > 0 ? windows : [{ kind: "cannot-ask", because: noOne(terminal, desktop()) }];
    }
    default:
      return wantedWindow(wanted, terminal, desktop());
  }
}

/** All that can be seen without a terminal. Pinentry first: who installed one has chosen how to be asked. */
function windowsFor({ unseen, pinentry, dialogs }: Desktop): readonly PromptWay[] {
  if (unseen !== undefined) return [];
  const because = "there is a display, and no terminal of ours";
  const kinds: WindowKind[] = pinentry && !pinentry.needsTerminal ? ["pinentry", ...dialogs] : [...dialogs];
  return kinds.map((window) => ({ kind: "window", window, because }));
}

function wantedWindow(
  wanted: WindowKind | "dialog",
  terminal: TerminalState,
  { unseen, pinentry, dialogs }: Desktop,
): readonly PromptWay[] {
  const said = `AWS_AS_PROMPT is "${wanted}"`;
  const not = (why: string): readonly PromptWay[] => [{ kind: "cannot-ask", because: `${said}, and ${why}` }];
  if (wanted === "pinentry") {
    if (pinentry === undefined) return not("there is no pinentry on the PATH");
    const hasWindow = !pinentry.needsTerminal && unseen === undefined;
    const window: readonly PromptWay[] = hasWindow ? [{ kind: "window", window: wanted, because: said }] : [];
    // A pinentry would draw on this terminal, where we can ask ourselves.
    if (terminal === "foreground") return [...window, { kind: "terminal", because: said }];
    if (hasWindow) return window;
    return not(pinentry.needsTerminal ? noTerminal(terminal) : (unseen ?? ""));
  }
  const found = wanted === "dialog" ? dialogs : dialogs.filter((kind) => kind === wanted);
  if (found.length === 0) {
    return not(wanted === "dialog" ? "there is no program for dialogs" : `there is no ${wanted} on the PATH`);
  }
  if (unseen !== undefined) return not(unseen);
  return found.map((window) => ({ kind: "window", window, because: said }));
}

/** Why no question can be put on the terminal. */
export function noTerminal(state: Exclude<TerminalState, "foreground">): string {
  return state === "background" ? "this is a background job" : "there is no terminal";
}

function noOne(state: Exclude<TerminalState, "foreground">, { unseen }: Desktop): string {
  const window = unseen === undefined ? ", and no pinentry, zenity or kdialog for the display" : "";
  return `${noTerminal(state)}${window}`;
}

/**
 * Tries one way after the other until one works. An answer, a no and the end of time are all outcomes; where no way
 * works, the result holds the reasons of all.
 */
export async function firstThatWorks<Outcome extends { readonly kind: string }>(
  ways: readonly PromptWay[],
  ask: (way: PromptWay) => Promise<Outcome>,
): Promise<Outcome | { readonly kind: "cannot-ask"; readonly because: string }> {
  const reasons: string[] = [];
  for (const way of ways) {
    const outcome: Outcome & { because?: string } = await ask(way);
    if (outcome.kind !== "cannot-ask") return outcome;
    reasons.push(outcome.because ?? "");
  }
  return { kind: "cannot-ask", because: reasons.join("; ") };
}
