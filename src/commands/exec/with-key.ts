import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { checkAccount } from "../../credentials/account-pin.ts";
import { noteHandOut } from "../../credentials/act-as.ts";
import { checkHandOut } from "../../credentials/may-hand-out.ts";
import { planWithoutDevice } from "../../credentials/plan-for.ts";
import type { Change } from "../../emit/change.ts";
import type { Machine } from "../../machine/machine.ts";
import { openStore, readConfig } from "../../machine/open.ts";
import { openKey } from "../../session/long-term-key.ts";
import { isKeyRoot } from "../../session/plan.ts";
import { UserError } from "../../system/user-error.ts";
import { changesToKey } from "../../variables/changes.ts";
import type { Place } from "../../variables/memory.ts";

/**
 * The changes by which a command gets the long-term key itself: IAM refuses a session that was got without a code, so that
 * a user without a device could never register one.
 *
 * @throws UserError where NAME is not a user with a key
 */
export async function changesToUser(
  name: string,
  place: Place,
  command: string,
  machine: Machine,
  warn: (message: string) => void,
): Promise<Change[]> {
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, name);
  const plan = await planWithoutDevice(identity, config, machine);
  const { root } = plan;
  const isTemporary = root.kind === "static-keys" && root.sessionToken !== undefined;
  if (identity.hops.length > 0 || identity.limits !== undefined || !isKeyRoot(root) || isTemporary) {
    throw new UserError(`--no-session gives the long-term key of a user, and "${name}" is none with a key`, {
      hints: [`with a session: aws-as exec ${name} -- COMMAND`],
      exitCode: 2,
    });
  }
  if (identity.guard) await checkHandOut(identity, { way: "exec", unattended: false }, { config, machine });
  const key = await openKey(root, openStore(config, machine, { unattended: false }));
  if (identity.account !== undefined) await checkAccount(identity, plan, machine, { credentials: key });
  const session = { credentials: key };
  const handedOut = { way: "exec", identity: identity.name, outcome: "cached", session, command } as const;
  await noteHandOut(config, handedOut, machine);
  warn(
    `the command gets the long-term key of "${identity.name}" itself, without MFA: what keeps it can use it until the key is rotated`,
  );
  return changesToKey(
    {
      identity: identity.name,
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey.reveal(),
      region: identity.settings.get("region")?.value,
      accountId: plan.accountId,
      isProtected: identity.guard?.protected !== undefined,
    },
    place,
  );
}
