import type { Environment } from "../environment.ts";
import { passphraseProcessTimeoutMs } from "../limits.ts";
import { systemTerminal } from "../terminal/terminal.ts";
import { saveTerminalModes } from "../terminal/terminal-device.ts";
import { UserError } from "../user-error.ts";
import { childEnvironment } from "./child-environment.ts";
import { type ChildResult, failureOf, runChild } from "./run-child.ts";

// The commands that a configuration names, each run by the system's shell, as most callers of a credential_process do.

export interface CommandOptions {
  /** The caller's environment; the child gets it without credentials, see `childEnvironment`. */
  readonly environment: Environment;
  /** Further variables for the child. */
  readonly extra?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds. */
  readonly timeLimit: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command line as the system's shell reads it. Never rejects. */
export type RunCommand = (command: string, options: CommandOptions) => Promise<ChildResult>;

/**
 * Runs a command that prints a code or a passphrase. What it writes on standard error ("touch your YubiKey") goes to the
 * terminal when we are in its foreground, else it is kept for the error message.
 */
export const runCommand: RunCommand = (command, { environment, extra, timeLimit, signal }) =>
  runChild({
    ...shellCall(command, process.platform, environment),
    environment: { ...childEnvironment(environment), ...extra },
    onTerminal: process.platform !== "win32" && systemTerminal().state() === "foreground" ? [2] : [],
    timeLimit,
    signal,
    outputLimit: 8 * 1024,
    complaintLimit: 1024,
  });

/**
 * The standard output of a configured command.
 *
 * @param setting names the command in messages, which never show the command line: it may hold a secret
 * @throws UserError when it does not end with status 0
 */
export async function outputOf(setting: string, command: string, environment: Environment): Promise<string> {
  const timeLimit = passphraseProcessTimeoutMs;
  const result = await runCommand(command, { environment, timeLimit });
  const failure = failureOf(result, timeLimit, "one line");
  if (failure === undefined && result.kind === "exited") return result.output;
  throw new UserError(`${setting} ${failure}`, { exitCode: result.kind === "cancelled" ? 130 : 1 });
}

export interface CredentialCommandOptions extends CommandOptions {
  /** The command may ask a person on the terminal, if we are in its foreground. */
  readonly mayAsk: boolean;
}

/** How it ended, and whether the person at the terminal saw what it wrote on standard error. */
export type CredentialCommandResult = ChildResult & { readonly onTerminal: boolean };

/**
 * Runs another program's `credential_process`. Never rejects.
 *
 * Where it may ask, it stays in our process group, on our terminal, as if a client had run it: so its own question works,
 * by the terminal device or by standard input, and Ctrl-C reaches it. Everywhere else it has a session of its own and
 * nothing to read, and what it writes on standard error is kept for the error message.
 */
export async function runForCredentials(
  command: string,
  { environment, timeLimit, signal, mayAsk }: CredentialCommandOptions,
): Promise<CredentialCommandResult> {
  const onTerminal = mayAsk && systemTerminal().state() === "foreground";
  const restoreModes = onTerminal && process.platform !== "win32" ? saveTerminalModes() : undefined;
  const result = await runChild({
    ...shellCall(command, process.platform, environment),
    environment: childEnvironment(environment),
    onTerminal: onTerminal ? [0, 2] : [],
    inOurGroup: onTerminal,
    timeLimit,
    signal,
    // A document has some thousand bytes; the JavaScript SDK takes a megabyte.
    outputLimit: 64 * 1024,
    complaintLimit: 16 * 1024,
  });
  // A program that was ended while a person typed a password leaves a terminal that shows nothing.
  if (result.kind !== "exited" && result.kind !== "not-started") restoreModes?.();
  return { ...result, onTerminal };
}

/** A command line with the shell that reads it, as `spawn` takes them. */
export interface ShellCall {
  readonly program: string;
  readonly words: readonly string[];
  /** Windows: the words go as they are, without Node's quoting for programs that take C's rules. */
  readonly verbatim: boolean;
}

/**
 * How a `credential_process` is run: by `sh -c`, as nearly all AWS clients do (botocore splits it into words and runs
 * them without a shell, which comes to the same for a plain command line). On Windows by `cmd.exe /d /s /c "…"`: with /s
 * it takes off the first and the last quote of what follows /c and changes nothing else, so that a line with quotes
 * of its own arrives as it was written; /d leaves out the AutoRun commands of the registry. Pure.
 * https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
export function shellCall(line: string, platform: NodeJS.Platform, env: Environment): ShellCall {
  if (platform !== "win32") return { program: "/bin/sh", words: ["-c", line], verbatim: false };
  return { program: commandShell(env), words: ["/d", "/s", "/c", `"${line}"`], verbatim: true };
}

/** Windows' own. Pure. */
export function commandShell(env: Environment): string {
  const isComSpec = ([name, value]: [string, string | undefined]) =>
    name.toUpperCase() === "COMSPEC" && value;
  return Object.entries(env).find(isComSpec)?.[1] ?? "cmd.exe";
}

/**
 * The program that a command line begins with, for messages: its arguments and the assignments in front of it may hold
 * secrets. Undefined where there is none. Pure.
 */
export function programIn(line: string): string | undefined {
  const words = line.matchAll(/(?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s"'\\])+/g);
  for (const [word] of words) {
    if (/^[A-Za-z_]\w*=/.test(word)) continue;
    return word.replace(/["']|\\(?=[\s"'\\])/g, "");
  }
  return undefined;
}
