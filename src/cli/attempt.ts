import type { ParentProgram } from "../system/children/parent-program.ts";
import { UserError } from "../system/user-error.ts";
import { type MessageStream, report, say, warn } from "./report.ts";

/** Where results and messages go. */
interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: MessageStream;
}

interface AttemptOptions {
  readonly debug: boolean;
  readonly failure: string;
  /** What started this program. */
  parentProgram(): Promise<ParentProgram | undefined>;
}

/**
 * Runs a verb's work and gives the exit status. The result goes to standard output in one write, after everything
 * has succeeded; a failure goes to standard error, and leaves on standard output only what `failure` says
 * (shell code that makes `eval` fail, or nothing).
 */
export async function attempt(
  streams: Streams,
  options: AttemptOptions,
  work: () => Promise<string>,
): Promise<number> {
  try {
    const result = await work();
    if (result !== "") streams.stdout.write(result);
    return 0;
  } catch (error) {
    const shown = error instanceof UserError ? await spoken(error, options) : error;
    const { text, exitCode } = report(shown, options.debug, streams.stderr.columns);
    streams.stderr.write(text);
    if (options.failure !== "") streams.stdout.write(options.failure);
    return exitCode;
  }
}

/** The error with its hints in the language of the shell that calls. */
async function spoken(error: UserError, { parentProgram }: AttemptOptions): Promise<UserError> {
  if (!error.hints.some((hint) => /\b(?:unset|export|eval|read) /.test(hint))) return error;
  const [{ inCallersShell }, parent] = await Promise.all([import("./in-shell.ts"), parentProgram()]);
  const hints = error.hints.map((hint) => inCallersShell(hint, parent));
  return new UserError(error.message, { hints, exitCode: error.exitCode, cause: error.cause });
}

/** AWS_AS_DEBUG=1 shows causes and stacks. */
export function isDebug(env: Readonly<Record<string, string | undefined>>): boolean {
  return env["AWS_AS_DEBUG"] === "1";
}

/** Reports something that did not stop the command, on standard error. */
export function warnOn(stream: MessageStream): (message: string) => void {
  return (message) => warn(stream, message);
}

/** The same, with what the command did beside its result. */
export function tellOn(stream: MessageStream) {
  return {
    warn: warnOn(stream),
    say: (message: string) => say(stream, message),
    /** Only where a person sees it. */
    announce: (message: string) => {
      if (stream.columns !== undefined) say(stream, message);
    },
  };
}
