import { inspect } from "node:util";
import { printable } from "../system/printable.ts";
import { CallerGone, UserError } from "../system/user-error.ts";

/** An error as lines for standard error and an exit status. */
export interface Report {
  readonly text: string;
  readonly exitCode: number;
}

/** Standard error, or what stands for it. `columns` is the width of a terminal. */
export interface MessageStream {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

/**
 * Formats an error. The first line stands alone: the caller of a credential_process may show only that one.
 *
 * @param debug with AWS_AS_DEBUG=1: causes and stacks too; they go to a developer, and hold no secrets either
 * @param columns of the terminal that shows it; undefined: lines are not wrapped
 */
export function report(error: unknown, debug: boolean, columns?: number): Report {
  const details = debug ? prefixed("debug: ", inspect(error, { depth: 6 })) : "";
  if (error instanceof CallerGone) return { text: details, exitCode: error.exitCode };
  if (error instanceof UserError) {
    const hints = error.hints.map((hint) => prefixed("hint: ", hint, columns)).join("");
    return { text: prefixed("error: ", error.message, columns) + hints + details, exitCode: error.exitCode };
  }
  const what = error instanceof Error ? error.message : String(error);
  const advice = "this is a bug; please report it with the output of the same command under AWS_AS_DEBUG=1";
  const text = prefixed("internal error: ", what, columns) + prefixed("hint: ", advice, columns) + details;
  return { text, exitCode: 70 };
}

/** Writes a message about something that did not stop the command. */
export function warn(stream: MessageStream, message: string): void {
  stream.write(prefixed("warning: ", message, stream.columns));
}

/** Writes a message about what the command does. */
export function say(stream: MessageStream, message: string): void {
  stream.write(prefixed("", message, stream.columns));
}

/** Every line of a message with our prefix, and with control characters, which could steer a terminal, replaced. */
function prefixed(kind: string, message: string, columns?: number): string {
  return message
    .split("\n")
    .map((line) => {
      const text = `aws-as: ${kind}${printable(line)}`;
      return `${kind === "hint: " && command.test(line) ? text : wrapped(text, columns)}\n`;
    })
    .join("");
}

/** Hints with a command stay on one line, so that it can be copied. */
const command = /(?:^|: )(?:aws-as|aws|eval|export|sudo|unset) \S/;

/** The line in several, with the continuation indented. Some terminals tell 0 columns. */
function wrapped(line: string, columns: number | undefined): string {
  const width = columns === 0 ? 80 : columns;
  if (width === undefined || line.length < width) return line;
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`        ${word}`);
  }
  return lines.join("\n");
}
