import { AwsError } from "../aws/aws-error.ts";
import type { RoleStep } from "./plan.ts";

/**
 * Adds to a denied AssumeRole what was sent, since AWS does not say which condition of the trust policy failed.
 *
 * @param session when the base session was obtained, in milliseconds since 1970, and its profile; undefined where no MFA
 *   code is behind the call, or one went with it
 */
export function withWhatWasSent(
  error: unknown,
  step: RoleStep,
  now: number,
  session?: { readonly obtainedAt: number; readonly profile: string },
): unknown {
  if (!(error instanceof AwsError) || error.kind !== "access-denied") return error;
  const { externalId, sourceIdentity } = step.hop;
  const sent = [
    `session name "${step.roleSessionName}"`,
    externalId === undefined ? "no external id" : `external id "${externalId}"`,
    sourceIdentity === undefined ? "no source identity" : `source identity "${sourceIdentity}"`,
  ].join(", ");
  const hints = [...error.hints, `sent: ${sent}; the role's trust policy may demand others`];
  if (session !== undefined) {
    const minutes = Math.floor((now - session.obtainedAt) / 60_000);
    hints.push(
      `the MFA code is ${minutes} min old; if the role demands a recent one: aws-as login ${session.profile} --renew`,
    );
  }
  return new AwsError(error.kind, error.message, { hints, cause: error });
}
