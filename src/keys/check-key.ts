import type { AccessKey, CallerIdentity } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { endpointOfProfile } from "../cli/endpoint-of.ts";
import type { Place } from "./place.ts";

/** Whose key it is. */
export interface KeyOwner {
  readonly caller: CallerIdentity;
  /** Milliseconds since 1970 when the key was made; absent where IAM does not tell. */
  readonly createdAt?: number;
}

/** Milliseconds for what is nice to know. */
const patience = 5000;

/**
 * Asks AWS whose key it is, by the call that needs no permission, and how old, if the user may know that.
 *
 * @throws AwsError when AWS does not take the key
 */
export async function checkKey(
  key: AccessKey,
  profile: string,
  { machine, config, warn }: Place,
): Promise<KeyOwner> {
  const endpoint = endpointOfProfile(profile, config, machine);
  const caller = await machine.aws().getCallerIdentity(endpoint, key);
  if (/:root$/.test(caller.arn)) {
    warn(`this is a key of the root user of account ${caller.account}; AWS advises to have none`);
  }
  try {
    const keys = await machine.aws(machine.clock.now() + patience).listAccessKeys(endpoint, key);
    const createdAt = keys.find((each) => each.accessKeyId === key.accessKeyId)?.createdAt;
    return { caller, ...(createdAt === undefined ? {} : { createdAt }) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { caller };
  }
}
