import type { SessionCredentials } from "../aws/aws.ts";

/**
 * The credential_process document, version 1: one line of JSON. The case of the names counts; absent values are left
 * out, since some clients fail on null; Expiration is always there, as most clients would otherwise never ask again.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 *
 * @param expiration RFC 3339 in UTC, no fraction
 * @param accountId twelve digits
 */
export function credentialDocument(
  credentials: SessionCredentials,
  expiration: string,
  accountId?: string,
): string {
  return `${JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey.reveal(),
    SessionToken: credentials.sessionToken.reveal(),
    Expiration: expiration,
    AccountId: accountId,
  })}\n`;
}
