import { inspect } from "node:util";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";

/** An error as lines for standard error and an exit status. */
export interface Report {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Formats an error. The first line stands alone: the caller of a credential_process may show only that one.
 *
 * @param debug with AWS_AS_DEBUG=1: causes and stacks too; they go to a developer, and hold no secrets either
 */
export function report(error: unknown, debug: boolean): Report {
  const details = debug ? prefixed("debug", inspect(error, { depth: 6 })) : "";
  if (error instanceof UserError) {
    const hints = error.hints.map((hint) => prefixed("hint", hint)).join("");
    return { text: prefixed("error", error.message) + hints + details, exitCode: error.exitCode };
  }
  const what = error instanceof Error ? error.message : String(error);
  const advice = "this is a bug; please report it with the output of the same command under AWS_AS_DEBUG=1";
  return { text: prefixed("internal error", what) + prefixed("hint", advice) + details, exitCode: 70 };
}

/** Formats a message about something that did not stop the command. */
export function warning(message: string): string {
  return prefixed("warning", message);
}

/** Every line of a message with our prefix, and with control characters, which could steer a terminal, replaced. */
function prefixed(kind: string, message: string): string {
  return message
    .split("\n")
    .map((line) => `aws-as: ${kind}: ${printable(line)}\n`)
    .join("");
}
