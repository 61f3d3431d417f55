import type { Endpoint } from "../../aws/aws.ts";
import { endpointKey } from "../../aws/endpoint.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { deviceOfRoles, devicesOfRoles } from "../../config/resolve/device-of-roles.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import type { Identity, Position } from "../../config/resolve/identity.ts";
import { resolveIdentity, withoutKeys } from "../../config/resolve/resolve.ts";
import { endpointOf } from "../../credentials/plan-for.ts";
import type { Machine, Task } from "../../machine/machine.ts";
import { devicesWithCodes, forgetDevice, recallDevice } from "../../session/device.ts";
import type { KeyRoot, KnownDevice } from "../../session/plan.ts";
import { UserError } from "../../system/user-error.ts";
import { askIam, type Told } from "./iam-devices.ts";

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

/**
 * Who says which device is used: the section `[aws-as NAME]`, the profile, the roles of the user, an earlier answer of
 * IAM or of a person, or that there is only one.
 */
type Reason = "section" | "profile" | "roles" | "remembered" | "only";

/** The device whose codes are asked for. `open`: it is not settled, and IAM or a person would be asked. */
export type Used =
  | {
      readonly kind: "device";
      readonly serial: string;
      readonly because: Reason;
      readonly position?: Position | undefined;
    }
  /** No code is asked for. */
  | {
      readonly kind: "none";
      readonly because: Reason | "none-listed";
      readonly position?: Position | undefined;
    }
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
    return { kind: "device", serial, because: "roles", position };
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

/** What files, memory and IAM say of a user's devices. */
export interface UserDevices {
  readonly told: Told;
  readonly used: Used;
}

/** Finds out about the devices of a user. What is remembered and no longer true is forgotten. */
export async function devicesOf(user: KeyUser, task: Task): Promise<UserDevices> {
  const { notes, clock } = task.machine;
  const told = await askIam(user, task);
  const owner = { accessKeyId: user.root.accessKeyId, endpointKey: user.endpointKey };
  let remembered = await recallDevice(owner, notes, clock);
  if (told.kind === "listed" && isOutdated(remembered, told.serials)) {
    await forgetDevice(owner, notes);
    remembered = { kind: "unknown" };
  }
  const used = usedDevice(task.config, user.profile, remembered);
  return { told, used: told.kind === "listed" ? usedOf(used, told.serials) : used };
}
