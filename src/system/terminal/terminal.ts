/** Whether a person can be asked on the terminal: not from a background job, and not without a terminal. */
export type TerminalState = "foreground" | "background" | "none";

/** What reading a line came to. `end`: Ctrl-D on an empty line, or the terminal hung up. */
export type TerminalLine =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "end" }
  | { readonly kind: "background" };

/** The terminal, held open for a conversation. Never standard input, output or error. */
export interface OpenTerminal {
  /** Lines that were typed before now and that nobody has read. */
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
  /**
   * Calls back when a person has suspended us and brought us back to the foreground, where the question has
   * scrolled away. Ends with `close`.
   */
  onReturn(callback: () => void): void;
  close(): void;
}

/** The way to the person at the terminal. */
export interface Terminal {
  state(): TerminalState;
  /** The open terminal, or why there is none. */
  open(): OpenTerminal | Exclude<TerminalState, "foreground">;
  /**
   * Notes how the terminal is, for a program that is about to read it; answers what puts it back if that program dies
   * over it. Absent where programs do not read terminals.
   */
  readonly hold?: () => () => void;
  /**
   * Lends the terminal to a program in a session of its own. Absent where programs do not draw on terminals.
   *
   * @param drawsScreen it fills the screen, which has to be left if it dies
   */
  readonly lend?: (drawsScreen: boolean) => TerminalLoan;
}

/** The terminal in the hands of a program that job control does not reach. */
export interface TerminalLoan {
  /**
   * Aborted when a person suspends us. The kernel stops us alone, so that the program has to be ended: it would go on
   * taking the keys that are meant for the shell.
   */
  readonly suspended: AbortSignal;
  /**
   * The program has ended, by itself or not. Puts the terminal back where it did not, and stops us where a person wanted
   * that; returns when they brought us back.
   */
  end(byItself: boolean): void;
}
