import { AwsError } from "../aws/aws-error.ts";
import type { RoleHop } from "../config/resolve/identity.ts";

/**
 * Adds to a denied AssumeRole what was sent, since AWS does not say which condition of the trust policy failed.
 *
 * @param identity that was asked for
 */
export function withWhatWasSent(
  error: AwsError,
  { externalId, sourceIdentity }: RoleHop,
  sessionName: string,
  identity: string,
): AwsError {
  const sent = [
    `session name "${sessionName}"`,
    externalId === undefined ? "no external id" : `external id "${externalId}"`,
    sourceIdentity === undefined ? "no source identity" : `source identity "${sourceIdentity}"`,
  ].join(", ");
  return withHints(error, [
    `sent: ${sent}; the role's trust policy may demand others`,
    `where each of them comes from: aws-as explain ${identity}`,
  ]);
}

/**
 * Adds to a denied AssumeRole how old the MFA code behind it is.
 *
 * @param session when the base session was obtained, in milliseconds since 1970, and its profile
 * @param role the profile of the role
 */
export function withAgeOfCode(
  error: unknown,
  now: number,
  session: { readonly obtainedAt: number; readonly profile: string },
  role: string,
): unknown {
  if (!isDenied(error)) return error;
  const minutes = Math.floor((now - session.obtainedAt) / 60_000);
  return withHints(error, [
    `the MFA code is ${minutes} min old; if the role demands a recent one: aws-as login ${session.profile} --renew`,
    `and to be asked in time from then on, the seconds that it demands: mfa_seconds = 3600 in [aws-as${role.startsWith("arn:") ? "" : ` ${role}`}]`,
  ]);
}

export function isDenied(error: unknown): error is AwsError {
  return error instanceof AwsError && error.kind === "access-denied";
}

function withHints(error: AwsError, hints: readonly string[]): AwsError {
  return new AwsError(error.kind, error.message, { hints: [...error.hints, ...hints], cause: error });
}
