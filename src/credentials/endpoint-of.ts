import type { Endpoint } from "../aws/aws.ts";
import { endpointFor } from "../aws/endpoint.ts";
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
