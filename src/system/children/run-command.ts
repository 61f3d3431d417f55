import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Environment } from "../environment.ts";
import { openTerminalForChild } from "../terminal/terminal-device.ts";
import { childEnvironment } from "./child-environment.ts";
import { type CommandResult, outcomeOf } from "./child-outcome.ts";

export interface CommandOptions {
  /** The caller's environment; the child gets it without credentials, see `childEnvironment`. */
  readonly environment: Environment;
  /** Further variables for the child. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeLimit: number;
  readonly signal?: AbortSignal;
}

/** Runs a command line as the system's shell reads it. Never rejects. */
export type RunCommand = (command: string, options: CommandOptions) => Promise<CommandResult>;

/** Bytes of standard output that are taken; a code or a passphrase is far shorter. */
const outputLimit = 8 * 1024;

/** Characters of standard error that are kept for a message. */
const complaintLimit = 1024;

/**
 * Runs a command by `sh -c`, on Windows by `cmd.exe /d /s /c`, as most callers of a credential_process do.
 *
 * The child leads a session of its own. So all it started can be ended with it, it cannot read the terminal
 * (which in a background job would stop the user's whole job), and Ctrl-C reaches it through us only. What it
 * says on standard error ("touch your YubiKey") goes to the terminal when we are in its foreground, else it
 * is kept for the error message. It never holds a stream of ours, whose reader would wait for it.
 */
export const runCommand: RunCommand = async (command, options) => {
  const terminal = process.platform === "win32" ? undefined : openTerminalForChild();
  let child: ChildProcess;
  try {
    child = spawn(command, {
      shell: true,
      detached: process.platform !== "win32",
      windowsHide: true,
      stdio: ["ignore", "pipe", terminal ?? "pipe"],
      env: { ...childEnvironment(options.environment), ...options.extra },
    });
  } catch (error) {
    return { kind: "not-started", because: error instanceof Error ? error.message : String(error) };
  } finally {
    if (terminal !== undefined) closeSync(terminal);
  }
  const { timeLimit, signal } = options;
  return await outcomeOf(child, { timeLimit, outputLimit, complaintLimit, ...(signal && { signal }) });
};
