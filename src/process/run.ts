import type { SessionCredentials } from "../aws/aws.ts";
import { actAs, noteActing } from "../credentials/act-as.ts";
import type { Machine } from "../machine/machine.ts";
import { timestamp } from "../system/clock.ts";
import { processTimeoutMs } from "../system/limits.ts";
import { CallerGone, UserError } from "../system/user-error.ts";

/**
 * The document that an AWS client gets from `aws-as process NAME`. Warnings are dropped: some clients show any text on
 * standard error as a failure, and one merges it into the document.
 */
export async function processDocument(name: string, machine: Machine): Promise<string> {
  const request = {
    name,
    way: "process",
    unattended: true,
    deadline: machine.clock.monotonic() + processTimeoutMs,
  } as const;
  try {
    const acting = await actAs(request, machine, () => undefined);
    await noteActing(acting, { way: "process" }, machine);
    const { plan, session } = acting;
    return credentialDocument(session.credentials, timestamp(session.expiresAt), plan.accountId);
  } catch (error) {
    if (await machine.callerIsGone()) throw new CallerGone();
    if (error instanceof UserError)
      await machine.sayAfterQuestion(`${error.message.split("\n")[0]}; try again: aws-as login ${name}`);
    throw error;
  }
}

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
