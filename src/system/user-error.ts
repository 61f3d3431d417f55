/** What a person can do about an error, and why it happened. */
export interface UserErrorDetails {
  /** The line of a file that it is about: the message begins with it. */
  at?: { readonly file: string; readonly line: number } | undefined;
  /** Commands or short advice, each shown on a line of its own after `aws-as: hint:`. */
  hints?: readonly string[];
  /** The error below, shown only with AWS_AS_DEBUG=1. */
  cause?: unknown;
  /** 1: the user can mend it. 2: wrong usage. 126, 127: a command of the user cannot be run, is not there. 130: cancelled. */
  exitCode?: 1 | 2 | 126 | 127 | 130;
}

/**
 * An expected failure: something the user can mend. Anything else that is thrown is a bug and says so.
 *
 * The message is lower case, without a final period, names the thing, and holds no secret. It must stand
 * alone on its first line, because a credential_process's caller shows that line as the error.
 */
export class UserError extends Error {
  /** The message without the line that it is about. */
  readonly what: string;
  readonly at: UserErrorDetails["at"];
  readonly hints: readonly string[];
  readonly exitCode: 1 | 2 | 126 | 127 | 130;

  constructor(what: string, details: UserErrorDetails = {}) {
    const { at } = details;
    super(at === undefined ? what : `${at.file}:${at.line}: ${what}`, { cause: details.cause });
    this.name = "UserError";
    this.what = what;
    this.at = at;
    this.hints = details.hints ?? [];
    this.exitCode = details.exitCode ?? 1;
  }
}

/** The caller has gone: no message would reach it, and over the next prompt of a shell it would be nobody's. */
export class CallerGone extends UserError {
  constructor() {
    super("the caller is gone", { exitCode: 130 });
  }
}
