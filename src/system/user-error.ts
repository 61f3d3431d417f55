/** What a person can do about an error, and why it happened. */
export interface UserErrorDetails {
  /** Commands or short advice, each shown on a line of its own after `aws-as: hint:`. */
  hints?: readonly string[];
  /** The error below, shown only with AWS_AS_DEBUG=1. */
  cause?: unknown;
  /** 1: the user can mend it. 2: wrong usage. 130: cancelled. */
  exitCode?: 1 | 2 | 130;
}

/**
 * An expected failure: something the user can mend. Anything else that is thrown is a bug and says so.
 *
 * The message is lower case, without a final period, names the thing, and holds no secret. It must stand
 * alone on its first line, because a credential_process's caller shows that line as the error.
 */
export class UserError extends Error {
  readonly hints: readonly string[];
  readonly exitCode: 1 | 2 | 130;

  constructor(message: string, details: UserErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "UserError";
    this.hints = details.hints ?? [];
    this.exitCode = details.exitCode ?? 1;
  }
}
