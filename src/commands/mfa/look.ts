import type { Surroundings } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig } from "../../machine/open.ts";
import { forgetDevice, recallDevice } from "../../session/device.ts";
import { askIam, type Told } from "./iam-devices.ts";
import { isOutdated, type Used, usedDevice, usedOf } from "./used-device.ts";
import { type KeyUser, userOf } from "./user.ts";

/** A user, and what it is looked at with. */
export interface Found {
  readonly user: KeyUser;
  readonly around: Surroundings;
}

/** What files, memory and IAM say of a user's devices. */
export interface Look extends Found {
  readonly told: Told;
  readonly used: Used;
}

/** Reads the configuration and finds the user of an identity. Asks nobody. */
export async function findUser(name: string, machine: Machine): Promise<Found> {
  const config = await readConfig(machine);
  const user = userOf(name, config, machine);
  return { user, around: { config, machine, store: openStore(config, machine) } };
}

/** Looks at the devices of a user. What is remembered and no longer holds is forgotten. */
export async function lookAt({ user, around }: Found): Promise<Look> {
  const { machine } = around;
  const told = await askIam(user, around);
  const owner = { accessKeyId: user.root.accessKeyId, endpointKey: user.endpointKey };
  let remembered = await recallDevice(owner, machine.notes, machine.clock);
  if (told.kind === "listed" && isOutdated(remembered, told.serials)) {
    await forgetDevice(owner, machine.notes);
    remembered = { kind: "unknown" };
  }
  const used = usedDevice(around.config, user.profile, remembered);
  return { user, around, told, used: told.kind === "listed" ? usedOf(used, told.serials) : used };
}
