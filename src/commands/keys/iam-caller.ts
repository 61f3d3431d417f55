import type { AccessKey, Endpoint } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { actAs } from "../../credentials/act-as.ts";
import { endpointOfProfile, planFor } from "../../credentials/plan-for.ts";
import { readConfig } from "../../machine/open.ts";
import type { Task } from "../../machine/task.ts";
import { openKey } from "../../session/long-term-key.ts";
import { isKeyRoot } from "../../session/plan.ts";

/** Calls IAM as the user of a profile. */
export interface IamCaller {
  call<T>(work: (endpoint: Endpoint, key: AccessKey) => Promise<T>): Promise<T>;
}

/** Milliseconds that AWS may take to know a new key everywhere, and between two tries. */
const keyKnownTimeoutMs = 60_000;
const retryIntervalMs = 1000;

/**
 * IAM takes a session only if it was got with an MFA code, and policies often take nothing less; a key without a device
 * calls by itself. What is in hand goes on until AWS no longer takes it, as it may be of the key that was just switched
 * off. Then it is had anew from the key that the configuration names by now: a session with a new code, a key as soon as
 * AWS knows it everywhere.
 */
export function iamCaller(profile: string, code: string | undefined, task: Task): IamCaller {
  const { machine, store } = task;
  let inHand: { readonly key: AccessKey; readonly isSession: boolean } | undefined;

  const credentials = async (renew: boolean): Promise<NonNullable<typeof inHand>> => {
    const config = await readConfig(task.machine);
    const identity = resolveIdentity(config, profile);
    const { root, steps } = await planFor(identity, { config, machine, store });
    if (!isKeyRoot(root)) throw new Error(`a ${root.kind} has no long-term key`);
    if (steps[0].device === undefined) return { key: await openKey(root, store), isSession: false };
    const request = { name: profile, unattended: false, renew, ...(code === undefined ? {} : { code }) };
    const { session } = await actAs(request, machine, task.warn, store);
    return { key: session.credentials, isSession: true };
  };

  return {
    call: async (work) => {
      const endpoint = endpointOfProfile(profile, task.config, machine);
      const until = machine.clock.now() + keyKnownTimeoutMs;
      for (let renewed = false; ; ) {
        inHand ??= await credentials(renewed);
        try {
          return await work(endpoint, inHand.key);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          if (inHand.isSession ? renewed : machine.clock.now() >= until) throw error;
          if (!inHand.isSession) await machine.clock.sleep(retryIntervalMs);
          renewed = inHand.isSession;
          inHand = undefined;
        }
      }
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof AwsError && ["invalid-credentials", "expired-credentials"].includes(error.kind);
}
