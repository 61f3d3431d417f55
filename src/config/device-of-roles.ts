import type { AwsConfig } from "./aws-config.ts";
import { identityNames } from "./identity-list.ts";
import { resolveIdentity } from "./resolve.ts";

/**
 * The MFA device that the roles of a user name, if they all name the same. AWS takes a code only from the device of the
 * user who makes the call, so a role's `mfa_serial` says what its user's device is, and many files say it there alone.
 * Undefined: no role says it, or two disagree.
 */
export function deviceOfRoles(config: AwsConfig, profile: string): string | undefined {
  const devices = new Set(identityNames(config).flatMap(({ name }) => devicesNamed(config, name, profile)));
  const [device, ...others] = devices;
  return others.length === 0 ? device : undefined;
}

function devicesNamed(config: AwsConfig, name: string, profile: string): string[] {
  try {
    const { root, hops } = resolveIdentity(config, name);
    if (root.profile !== profile) return [];
    return hops.flatMap(({ mfaSerial }) =>
      mfaSerial === undefined || mfaSerial === "none" ? [] : [mfaSerial],
    );
  } catch {
    // An identity that is wrong in itself says nothing about its user.
    return [];
  }
}
