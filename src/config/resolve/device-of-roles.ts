import type { AwsConfig } from "../aws-config.ts";
import { effectiveProfile } from "./effective-profile.ts";
import type { Position } from "./identity.ts";
import { identityNames } from "./identity-list.ts";
import { resolveIdentity } from "./resolve.ts";

/** An MFA device that a role's profile names, with the line. */
export interface RoleDevice {
  readonly profile: string;
  /** Also `none`. */
  readonly serial: string;
  readonly position: Position;
}

/**
 * The MFA device that the roles of a user name, where they all name the same. AWS accepts a code only from the device of
 * the user who makes the call, so a role's `mfa_serial` is its user's device, and many files name it only there.
 * Undefined: no role names one, or two disagree.
 */
export function deviceOfRoles(config: AwsConfig, profile: string): string | undefined {
  const named = devicesOfRoles(config, profile).filter(({ serial }) => serial !== "none");
  const [device, ...others] = new Set(named.map(({ serial }) => serial));
  return others.length === 0 ? device : undefined;
}

/** The devices named by the roles that start from the user, in file order. */
export function devicesOfRoles(config: AwsConfig, profile: string): RoleDevice[] {
  const found = new Map<string, RoleDevice>();
  for (const { name } of identityNames(config)) {
    for (const role of devicesNamed(config, name, profile)) found.set(role.profile, role);
  }
  return [...found.values()];
}

function devicesNamed(config: AwsConfig, name: string, profile: string): RoleDevice[] {
  try {
    const { root, hops } = resolveIdentity(config, name);
    if (root.profile !== profile) return [];
    return hops.flatMap((hop) => {
      const said = effectiveProfile(config, hop.profile)?.get("mfa_serial");
      if (hop.mfaSerial === undefined) return [];
      return [{ profile: hop.profile, serial: hop.mfaSerial, position: said?.position ?? hop.position }];
    });
  } catch {
    // A profile with an error says nothing about its user.
    return [];
  }
}
