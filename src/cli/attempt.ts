import { inspect } from "node:util";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";

/** Where results and messages go. */
interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * Runs a verb's work and gives the exit status. The result goes to standard output in one write, after everything
 * has succeeded; a failure goes to standard error, and leaves on standard output only what `failure` says
 * (shell code that makes `eval` fail, or nothing).
 */
export async function attempt(
  streams: Streams,
  options: { readonly debug: boolean; readonly failure: string },
  work: () => Promise<string>,
): Promise<number> {
  try {
    const result = await work();
    if (result !== "") streams.stdout.write(result);
    return 0;
  } catch (error) {
    const { text, exitCode } = report(error, options.debug);
    streams.stderr.write(text);
    if (options.failure !== "") streams.stdout.write(options.failure);
    return exitCode;
  }
}

/** AWS_AS_DEBUG=1 shows causes and stacks. */
export function isDebug(env: Readonly<Record<string, string | undefined>>): boolean {
  return env["AWS_AS_DEBUG"] === "1";
}

/**
 * An error as lines for standard error, and the exit status. The first line stands alone: the caller of a credential_process may show only that one.
 *
 * @param debug with AWS_AS_DEBUG=1: causes and stacks too; they go to a developer, and hold no secrets either
 */
export function report(error: unknown, debug: boolean): { text: string; exitCode: number } {
  const details = debug ? prefixed("debug", inspect(error, { depth: 6 })) : "";
  if (error instanceof UserError) {
    const hints = error.hints.map((hint) => prefixed("hint", hint)).join("");
    return { text: prefixed("error", error.message) + hints + details, exitCode: error.exitCode };
  }
  const what = error instanceof Error ? error.message : String(error);
  const advice = "this is a bug; please report it with the output of the same command under AWS_AS_DEBUG=1";
  return { text: prefixed("internal error", what) + prefixed("hint", advice) + details, exitCode: 70 };
}

/** Reports something that did not stop the command, on standard error. */
export function warnOn(stream: Streams["stderr"]): (message: string) => void {
  return (message) => void stream.write(prefixed("warning", message));
}

/** Every line of a message with our prefix, and with control characters, which could steer a terminal, replaced. */
function prefixed(kind: string, message: string): string {
  return message
    .split("\n")
    .map((line) => `aws-as: ${kind}: ${printable(line)}\n`)
    .join("");
}
