import { UserError, type UserErrorDetails } from "../system/user-error.ts";

/**
 * Why a call failed: what decisions are made by.
 *
 * - `wrong-mfa-code`: the code is wrong, or was used before
 * - `invalid-mfa-device`: the serial does not fit the user
 * - `invalid-credentials`: the key or session token is unknown, deleted, inactive, revoked or malformed
 * - `expired-credentials`: the session token has expired
 * - `access-denied`: AWS knows the caller and says no
 * - `limit-exceeded`: a quota, such as two access keys a user
 * - `not-found`: IAM knows no such thing
 * - `invalid-request`: a parameter that AWS does not accept (a bug in aws-as or in the configuration)
 * - `clock-skew`: this machine's clock is too far from AWS's
 * - `throttled`, `unavailable`: retried, and still so
 * - `timeout`, `network`, `tls`: no answer at all, and where it ended
 * - `garbage`: an answer that is not one of AWS's
 */
export type AwsErrorKind =
  | "wrong-mfa-code"
  | "invalid-mfa-device"
  | "invalid-credentials"
  | "expired-credentials"
  | "access-denied"
  | "limit-exceeded"
  | "not-found"
  | "invalid-request"
  | "clock-skew"
  | "throttled"
  | "unavailable"
  | "timeout"
  | "network"
  | "tls"
  | "garbage";

/** A failed call of STS or IAM. The message can be shown as it is. */
export class AwsError extends UserError {
  readonly kind: AwsErrorKind;
  /** True: the call's MFA code certainly never left this machine, so it can still be used. */
  codeIsUnspent = false;
  /** True: AWS knows the key, and the secret is not its own. Waiting does not help. */
  secretIsWrong = false;

  /** True: the message is what became of a sign-in, in words that a person understands. */
  tells = false;

  constructor(kind: AwsErrorKind, message: string, details: UserErrorDetails = {}) {
    super(message, details);
    this.name = "AwsError";
    this.kind = kind;
  }
}
