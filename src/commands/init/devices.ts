import type { AwsConfig } from "../../config/aws-config.ts";
import { deviceOfRoles } from "../../config/resolve/device-of-roles.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { deviceFromIam } from "../../credentials/plan-for.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore } from "../../machine/open.ts";
import type { Action, InitPlan } from "../../profiles/actions.ts";
import { UserError } from "../../system/user-error.ts";

/**
 * Asks IAM for the MFA device of every long-term key whose device no configuration names, and plans to write it down.
 * What goes wrong is a warning: a stanza works without, and asks IAM later.
 */
export async function planDevices(
  config: AwsConfig,
  names: readonly string[],
  machine: Machine,
): Promise<InitPlan> {
  const actions: Action[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  const store = openStore(config, machine);
  for (const name of names) {
    try {
      const identity = resolveIdentity(config, name);
      const { root } = identity;
      if (root.kind !== "static-keys" && root.kind !== "stored-keys") continue;
      if ("sessionToken" in root || seen.has(root.profile)) continue;
      if (root.mfaSerial !== undefined || deviceOfRoles(config, root.profile) !== undefined) continue;
      seen.add(root.profile);
      const device = await deviceFromIam(identity, { config, machine, store });
      if (device.kind === "device") {
        actions.push({ kind: "add-device", profile: root.profile, serial: device.serial });
      } else if (device.kind === "none") {
        warnings.push(`no MFA device for "${root.profile}": ${device.because}`);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warnings.push(`could not find the MFA device for "${name}": ${error.message}`);
    }
  }
  return { actions, warnings };
}
