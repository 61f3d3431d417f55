import type { AccessKey, CallerIdentity, Endpoint } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { endpointOfProfile } from "../credentials/plan-for.ts";
import type { Task } from "../machine/machine.ts";

/** Whose key it is. */
export interface KeyOwner {
  readonly caller: CallerIdentity;
  /** Milliseconds since 1970 when the key was made; absent where IAM does not tell. */
  readonly createdAt?: number | undefined;
}

/** For listing the user's other keys, which only adds to a message. */
const listKeysTimeoutMs = 5000;
/** For AWS to know a key that was created a moment ago. */
const newKeyKnownTimeoutMs = 30_000;
const retryIntervalMs = 500;

/**
 * Asks AWS whose key it is, by the call that needs no permission, and how old, if the user may know that.
 *
 * @param options.mayBeNew the key may have been made a moment ago, and its secret may stand nowhere else: AWS gets half
 *   a minute to know it
 * @throws AwsError when AWS does not take the key
 */
export async function checkKey(
  key: AccessKey,
  profile: string,
  task: Task,
  options: { readonly mayBeNew?: boolean } = {},
): Promise<KeyOwner> {
  const { machine, config, warn } = task;
  const endpoint = endpointOfProfile(profile, config, machine);
  const caller = await ownerOf(key, endpoint, task, options.mayBeNew ? newKeyKnownTimeoutMs : 0);
  if (/:root$/.test(caller.arn)) {
    warn(`this is a key of the root user of account ${caller.account}; AWS advises to have none`);
  }
  try {
    const keys = await machine
      .aws(machine.clock.monotonic() + listKeysTimeoutMs)
      .listAccessKeys(endpoint, key);
    return { caller, createdAt: keys.find((each) => each.accessKeyId === key.accessKeyId)?.createdAt };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { caller };
  }
}

/** @param wait milliseconds for which a key that AWS does not know is tried again */
async function ownerOf(
  key: AccessKey,
  endpoint: Endpoint,
  { machine, say }: Task,
  wait: number,
): Promise<CallerIdentity> {
  const until = machine.clock.monotonic() + wait;
  for (let first = true; ; first = false) {
    try {
      return await machine.aws().getCallerIdentity(endpoint, key);
    } catch (error) {
      const isUnknown = error instanceof AwsError && error.kind === "invalid-credentials";
      if (!isUnknown || error.secretIsWrong || machine.clock.monotonic() >= until) throw error;
      if (first) say("AWS does not know this key; waiting half a minute, in case it is new (Ctrl-C stops)");
      await machine.clock.sleep(retryIntervalMs);
    }
  }
}
