import type { Endpoint } from "../../aws/aws.ts";
import { endpointKey } from "../../aws/endpoint.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Identity } from "../../config/resolve/identity.ts";
import { resolveIdentity, withoutKeys } from "../../config/resolve/resolve.ts";
import { endpointOf } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import type { KeyRoot } from "../../session/plan.ts";
import { UserError } from "../../system/user-error.ts";

/** An IAM user, as this configuration knows it: a profile with a long-term key. */
export interface KeyUser {
  readonly profile: string;
  readonly root: KeyRoot;
  /** The user as an identity of its own, without the role that it was found by. */
  readonly identity: Identity;
  readonly endpoint: Endpoint;
  readonly endpointKey: string;
}

/**
 * The user whose devices are meant: the identity itself, or the one that a role starts from.
 *
 * @throws UserError when there is no long-term key at the root
 */
export function userOf(name: string, config: AwsConfig, machine: Machine): KeyUser {
  const { root } = resolveIdentity(config, name);
  const at = `${root.position.file}:${root.position.line}`;
  if (root.kind !== "static-keys" && root.kind !== "stored-keys") {
    throw new UserError(
      `"${name}" does not start from a user's long-term key (${root.kind}, ${at}), so there is no MFA device to ask for`,
    );
  }
  if (root.kind === "static-keys" && root.sessionToken !== undefined) {
    throw new UserError(
      `the key of "${root.profile}" is temporary (${at}): AWS takes MFA codes with a long-term key only`,
    );
  }
  const settings = withoutKeys(effectiveProfile(config, root.profile)?.all() ?? new Map());
  const endpoint = endpointOf(settings, root.mfaSerial, config, machine);
  return {
    profile: root.profile,
    root,
    identity: { name: root.profile, root, hops: [], settings },
    endpoint,
    endpointKey: endpointKey(endpoint),
  };
}
