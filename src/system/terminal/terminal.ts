import { terminalDevice } from "./terminal-device.ts";
import { windowsConsole } from "./windows-console.ts";

/** Whether a person can be asked on the terminal: not from a background job, and not without a terminal. */
export type TerminalState = "foreground" | "background" | "none";

/** What reading a line came to. `end`: Ctrl-D on an empty line, or the terminal hung up. */
export type TerminalLine =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "end" }
  | { readonly kind: "background" };

/** The terminal, held open for a conversation. Never standard input, output or error. */
export interface OpenTerminal {
  /** Lines that were typed before now and not read yet. */
  typedAhead(): readonly string[];
  /**
   * Shows the text; does nothing in the background. While the terminal takes nothing (Ctrl-S) it waits until
   * the signal is aborted, without a signal not at all. A terminal that hung up is not an error here.
   */
  write(text: string, signal?: AbortSignal): Promise<void>;
  /** The next line without its end. Rejects with the signal's reason. */
  readLine(signal: AbortSignal): Promise<TerminalLine>;
  /** Stops showing what is typed, until `close` or `showTyping`. Answers false where that is not possible. */
  hideTyping(): boolean;
  showTyping(): void;
  /** Calls back before a person's Ctrl-Z takes effect. Ends with `close`. */
  onStop(callback: () => void): void;
  /**
   * Calls back when the question has to be shown again: another program has written over it, or a person has suspended us
   * and brought us back to the foreground. Nothing is read meanwhile. Ends with `close`.
   */
  onLost(callback: () => Promise<void>): void;
  close(): void;
}

/** The way to the person at the terminal. */
export interface Terminal {
  state(): TerminalState;
  /** The open terminal, or why there is none. */
  open(): OpenTerminal | Exclude<TerminalState, "foreground">;
}

/** The terminal of the system that we run on. */
export function systemTerminal(): Terminal {
  return process.platform === "win32" ? windowsConsole() : terminalDevice();
}
