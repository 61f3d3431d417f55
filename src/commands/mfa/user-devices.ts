import type { Task } from "../../machine/machine.ts";
import { forgetDevice, recallDevice } from "../../session/device.ts";
import { askIam, type Told } from "./iam-devices.ts";
import { isOutdated, type Used, usedDevice, usedOf } from "./used-device.ts";
import type { KeyUser } from "./user.ts";

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
