import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { printable } from "../printable.ts";
import { type CommandResult, outcomeOf } from "./child-outcome.ts";

export interface OnTerminalOptions {
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** Aborted on Ctrl-C already before the start, by whoever calls: until the program runs, nothing here listens. */
  readonly signal: AbortSignal;
  /** A line that says what is about to happen. */
  readonly preface: string;
}

/**
 * Runs a program that speaks with a person: all its streams are the terminal, and none is one of ours, for our standard
 * output may be read by a program. Only for callers in the terminal's foreground. Never rejects.
 *
 * It leads a session of its own, as every command that we run. So all it started can be ended with it, and Ctrl-C, which
 * the terminal sends to us, reaches it through us. It reads the terminal all the same: no job control stops a reader
 * whose controlling terminal is another one, or none.
 */
export async function runOnTerminal(
  program: string,
  words: readonly string[],
  { environment, timeLimit, signal, preface }: OnTerminalOptions,
): Promise<CommandResult> {
  const opened: number[] = [];
  let child: ChildProcess;
  try {
    const [input = "", output = input] =
      process.platform === "win32" ? ["\\\\.\\CONIN$", "\\\\.\\CONOUT$"] : ["/dev/tty"];
    const reading = openSync(input, "r+");
    opened.push(reading);
    const writing = output === input ? reading : openSync(output, "r+");
    if (writing !== reading) opened.push(writing);
    writeSync(writing, `${printable(preface)}\n`);
    child = spawn(program, words, {
      detached: process.platform !== "win32",
      stdio: [reading, writing, writing],
      env: environment,
    });
  } catch (error) {
    return { kind: "not-started", because: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const device of opened) closeSync(device);
  }
  return await outcomeOf(child, { timeLimit, outputLimit: 0, complaintLimit: 0, signal });
}
