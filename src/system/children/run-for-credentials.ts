import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Environment } from "../environment.ts";
import { systemTerminal } from "../terminal/system-terminal.ts";
import { saveTerminalModes } from "../terminal/terminal-device.ts";
import { childEnvironment } from "./child-environment.ts";
import { type CommandResult, outcomeOf } from "./child-outcome.ts";
import { endTree } from "./process-tree.ts";
import { shellCall } from "./shell-call.ts";

export interface CredentialCommandOptions {
  /** The caller's environment; the child gets it without credentials, see `childEnvironment`. */
  readonly environment: Environment;
  /** Milliseconds. */
  readonly timeLimit: number;
  readonly signal: AbortSignal;
  /** The command may ask a person on the terminal, if we are in its foreground. */
  readonly mayAsk: boolean;
}

/** How it ended, and whether the person at the terminal saw what it said on standard error. */
export type CredentialCommandResult = CommandResult & { readonly onTerminal: boolean };

/** Bytes of standard output that are taken. A document has some thousand; the JavaScript SDK takes a megabyte. */
const outputLimit = 64 * 1024;

/** Characters of standard error that are kept for a message. */
const complaintLimit = 16 * 1024;

/**
 * Runs somebody else's `credential_process` by the system's shell. Never rejects.
 *
 * Where it may ask, it stays in our process group, on our terminal, as if a client had run it: so its own question works,
 * by the terminal device or by standard input, and Ctrl-C reaches it. Everywhere else it leads a session of its own,
 * with nothing to read: it cannot stop the user's job by reading a terminal that is not ours to read, and what it says is
 * kept for the error message.
 */
export async function runForCredentials(
  line: string,
  options: CredentialCommandOptions,
): Promise<CredentialCommandResult> {
  const onTerminal = options.mayAsk && systemTerminal().state() === "foreground";
  const result = await (onTerminal ? attached(line, options) : apart(line, options));
  return { ...result, onTerminal };
}

async function apart(line: string, options: CredentialCommandOptions): Promise<CommandResult> {
  const child = start(line, options, { detached: process.platform !== "win32", windowsHide: true }, [
    "ignore",
    "pipe",
    "pipe",
  ]);
  return child instanceof Error ? notStarted(child) : await outcomeOf(child, limitsOf(options));
}

async function attached(line: string, options: CredentialCommandOptions): Promise<CommandResult> {
  const isWindows = process.platform === "win32";
  const opened: number[] = [];
  let child: ChildProcess | Error;
  const putBack = isWindows ? undefined : saveTerminalModes();
  try {
    for (const device of isWindows ? ["\\\\.\\CONIN$", "\\\\.\\CONOUT$"] : ["/dev/tty"])
      opened.push(openSync(device, "r+"));
    const [input = 0, output = input] = opened;
    child = start(line, options, {}, [input, "pipe", output]);
  } catch (error) {
    child = error as Error;
  } finally {
    for (const device of opened) closeSync(device);
  }
  if (child instanceof Error) return notStarted(child);
  let stopping: Promise<void> | undefined;
  const stop = ({ pid }: ChildProcess) => {
    if (pid !== undefined) stopping = endTree(pid);
  };
  // taskkill ends a tree by itself.
  const result = await outcomeOf(child, { ...limitsOf(options), ...(isWindows ? {} : { stop }) });
  await stopping;
  // A program that was ended while somebody typed a password leaves a terminal that shows nothing.
  if (result.kind !== "exited") putBack?.();
  return result;
}

function start(
  line: string,
  { environment }: CredentialCommandOptions,
  how: { readonly detached?: boolean; readonly windowsHide?: boolean },
  stdio: ["ignore" | number, "pipe", "pipe" | number],
): ChildProcess | Error {
  const { file, words, verbatim } = shellCall(line, process.platform, environment);
  try {
    return spawn(file, words, {
      ...how,
      windowsVerbatimArguments: verbatim,
      stdio,
      env: childEnvironment(environment),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function limitsOf({ timeLimit, signal }: CredentialCommandOptions) {
  return { timeLimit, signal, outputLimit, complaintLimit };
}

function notStarted({ message }: Error): CommandResult {
  return { kind: "not-started", because: message };
}
