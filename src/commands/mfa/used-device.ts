import type { AwsConfig } from "../../config/aws-config.ts";
import { deviceOfRoles, devicesOfRoles } from "../../config/resolve/device-of-roles.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Position } from "../../config/resolve/identity.ts";
import { devicesWithCodes } from "../../session/device.ts";
import type { KnownDevice } from "../../session/plan.ts";

/**
 * Who says which device is used: the section `[aws-as NAME]`, the profile, the roles of the user, an earlier answer of
 * IAM or of a person, or that there is only one.
 */
export type Reason = "section" | "profile" | "roles" | "remembered" | "only";

/** The device whose codes are asked for. `open`: it is not settled, and IAM or a person would be asked. */
export type Used =
  | {
      readonly kind: "device";
      readonly serial: string;
      readonly because: Reason;
      readonly position?: Position;
    }
  /** No code is asked for. */
  | { readonly kind: "none"; readonly because: Reason | "none-listed"; readonly position?: Position }
  | { readonly kind: "open" };

/** What files and memory say, in the order in which they count when a session is planned. Pure. */
export function usedDevice(config: AwsConfig, profile: string, remembered: KnownDevice): Used {
  const effective = effectiveProfile(config, profile);
  const said = effective?.get("mfa_serial");
  if (said !== undefined) {
    const { value: serial, position } = said;
    const because = effective?.getOwn("mfa_serial") === undefined ? "profile" : "section";
    return serial === "none"
      ? { kind: "none", because, position }
      : { kind: "device", serial, because, position };
  }
  const serial = deviceOfRoles(config, profile);
  if (serial !== undefined) {
    const position = devicesOfRoles(config, profile).find((role) => role.serial === serial)?.position;
    return { kind: "device", serial, because: "roles", ...(position === undefined ? {} : { position }) };
  }
  if (remembered.kind === "device")
    return { kind: "device", serial: remembered.serial, because: "remembered" };
  return remembered.kind === "none" ? { kind: "none", because: "remembered" } : { kind: "open" };
}

/** The same, after IAM has told what there is: where nobody says anything, a single device is used. Pure. */
export function usedOf(used: Used, listed: readonly string[]): Used {
  if (used.kind !== "open") return used;
  const [only, ...others] = devicesWithCodes(listed);
  if (only === undefined) return { kind: "none", because: "none-listed" };
  return others.length === 0 ? { kind: "device", serial: only, because: "only" } : used;
}

/** Whether what is remembered cannot be, now that IAM has answered: it is forgotten then. Pure. */
export function isOutdated(remembered: KnownDevice, listed: readonly string[]): boolean {
  if (remembered.kind === "device") return !listed.includes(remembered.serial);
  return remembered.kind === "none" && devicesWithCodes(listed).length > 0;
}
