import type { AccessKey, CallerIdentity, Endpoint } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import type { Task } from "../../machine/machine.ts";
import { newKeyTimeoutMs } from "../../system/limits.ts";
import { UserError } from "../../system/user-error.ts";

const retryIntervalMs = 300;
/** Between two lines of progress. */
const progressIntervalMs = 5000;

/** How often in a row AWS must take the key: its parts learn of one at different times. */
const successesNeeded = 3;

/**
 * Tries a new key until AWS takes it again and again.
 *
 * @throws UserError when AWS does not within a minute and a half, or fails in another way
 */
export async function proveKey(
  endpoint: Endpoint,
  key: AccessKey,
  profile: string,
  { machine, say }: Task,
): Promise<CallerIdentity> {
  const { clock } = machine;
  const aws = machine.aws();
  const began = clock.now();
  let reportedAt = began;
  for (let taken = 0; ; await clock.sleep(retryIntervalMs)) {
    try {
      const caller = await aws.getCallerIdentity(endpoint, key);
      taken += 1;
      if (taken >= successesNeeded) return caller;
    } catch (error) {
      if (!(error instanceof AwsError) || error.kind !== "invalid-credentials") throw error;
      taken = 0;
    }
    const now = clock.now();
    if (now - began > newKeyTimeoutMs) {
      throw new UserError(
        `AWS did not take the new key …${key.accessKeyId.slice(-4)} within ${newKeyTimeoutMs / 1000} s; the old one is still in use`,
        { hints: [`it is stored, and can be taken later: aws-as keys rotate ${profile}`] },
      );
    }
    if (now - reportedAt >= progressIntervalMs || (reportedAt === began && taken === 0)) {
      say(`AWS does not know the new key everywhere yet, waiting (${Math.round((now - began) / 1000)} s)`);
      reportedAt = now;
    }
  }
}
