import { actAs } from "../credentials/act-as.ts";
import type { Machine } from "../machine/machine.ts";
import { timestamp } from "../session/expiry.ts";
import { processTimeoutMs } from "../system/limits.ts";
import { credentialDocument } from "./document.ts";

/**
 * The document that an AWS client gets from `aws-as process NAME`. Warnings are dropped: some clients show any text on
 * standard error as a failure, and one merges it into the document.
 */
export async function processDocument(name: string, machine: Machine): Promise<string> {
  const request = { name, unattended: true, deadline: machine.clock.now() + processTimeoutMs };
  const { plan, session } = await actAs(request, machine, () => undefined);
  return credentialDocument(session.credentials, timestamp(session.expiresAt), plan.accountId);
}
