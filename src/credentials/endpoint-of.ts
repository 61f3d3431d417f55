import type { Endpoint } from "../aws/aws.ts";
import { endpointFor, homeRegion, partitionOfRegion } from "../aws/endpoint.ts";
import type { AwsConfig } from "../config/aws-config.ts";
import { effectiveProfile } from "../config/resolve/effective-profile.ts";
import type { Identity } from "../config/resolve/identity.ts";
import { serviceUrls } from "../config/settings.ts";
import type { Machine } from "../machine/machine.ts";

/** The STS and IAM endpoints for these settings; an ARN of the identity names the partition. */
export function endpointOf(
  settings: Identity["settings"],
  arn: string | undefined,
  config: AwsConfig,
  machine: Machine,
): Endpoint {
  return endpointFor(settings, machine.env, {
    ...(arn?.startsWith("arn:") ? { arn } : {}),
    services: serviceUrls(config, settings.get("services")?.value),
  });
}

/** The same for a profile by name. It may be missing, and needs no credentials. */
export function endpointOfProfile(name: string, config: AwsConfig, machine: Machine): Endpoint {
  const settings = effectiveProfile(config, name)?.all() ?? new Map();
  return endpointOf(settings, settings.get("mfa_serial")?.value, config, machine);
}

/**
 * Where an identity's base session is got: as for the identity itself, but in the region of the root's own profile, else
 * in the partition's home region. All roles share the session, and the region of one of them may not be enabled in the
 * user's account.
 */
export function rootEndpoint(root: string, endpoint: Endpoint, config: AwsConfig): Endpoint {
  const own = effectiveProfile(config, root)?.get("region")?.value.trim();
  const region = own && partitionOfRegion(own) === endpoint.partition ? own : homeRegion(endpoint.partition);
  return { ...endpoint, region };
}
