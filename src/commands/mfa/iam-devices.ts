import type { AccessKey } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { planFromMemory } from "../../credentials/plan-for.ts";
import type { Task } from "../../machine/machine.ts";
import { isUsable } from "../../session/decide.ts";
import { parseRecord } from "../../session/item.ts";
import { openKey } from "../../session/long-term-key.ts";
import { ItemDamaged } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import type { KeyUser } from "./user-devices.ts";

/** What IAM says of a user's devices. `silent`: it did not tell, and why. */
export type Told =
  | { readonly kind: "listed"; readonly serials: readonly string[] }
  | { readonly kind: "silent"; readonly error: AwsError };

/** Failures after which the device may be right all the same: IAM was not reached, or does not answer this user. */
const silences: readonly AwsError["kind"][] = [
  "access-denied",
  // "Must specify userName when calling with non-User credentials": a root user's key.
  "invalid-request",
  "throttled",
  "unavailable",
  "timeout",
  "network",
];

/**
 * Asks IAM for the devices of a user, with the long-term key, and where that may not ask, with a session that a code
 * was given for. Asks no person for a code.
 *
 * @throws UserError when the key cannot be opened, or AWS does not take it
 */
export async function askIam(user: KeyUser, task: Task): Promise<Told> {
  const aws = task.machine.aws();
  const ask = async (key: AccessKey): Promise<Told> => {
    try {
      const { serials } = await aws.listMfaDevices(user.endpoint, key);
      return { kind: "listed", serials };
    } catch (error) {
      if (!(error instanceof AwsError) || !silences.includes(error.kind)) throw error;
      return { kind: "silent", error };
    }
  };
  const told = await ask(await openKey(user.root, task.store));
  if (told.kind === "listed" || told.error.kind !== "access-denied") return told;
  const session = await sessionWithMfa(user, task);
  if (session === undefined) return told;
  try {
    return await ask(session);
  } catch (error) {
    // A session that AWS no longer takes says nothing new.
    if (!(error instanceof AwsError)) throw error;
    return told;
  }
}

/** The session in the store that a code was given for, if it still lives. */
async function sessionWithMfa(user: KeyUser, task: Task): Promise<AccessKey | undefined> {
  const { config, machine, store } = task;
  const made = await planFromMemory(user.identity, config, machine);
  const base = made?.steps[0];
  if (base?.device === undefined) return undefined;
  try {
    const text = await store.read(base.item.name);
    const session = text === undefined ? undefined : parseRecord(text);
    return session !== undefined && isUsable(session, machine.clock.now()) ? session.credentials : undefined;
  } catch (error) {
    if (!(error instanceof ItemDamaged)) throw error;
    return undefined;
  }
}

/** The failure of a user who may not list devices, with the lines that make up for it. */
export async function cannotList(user: KeyUser, error: AwsError, task: Task): Promise<UserError> {
  if (error.kind !== "access-denied" && error.kind !== "invalid-request") return error;
  const { profile, endpoint, root } = user;
  const guess = await task.machine
    .aws()
    .getCallerIdentity(endpoint, await openKey(root, task.store))
    .then(({ arn }) => ({ arn, serial: usualSerial(arn) }))
    .catch(() => undefined);
  const { config } = task.config.files;
  const hints =
    guess?.serial === undefined
      ? [`name it in ${config}:\n[aws-as ${profile}]\nmfa_serial = SERIAL`]
      : [
          `name it in ${config}:\n[aws-as ${profile}]\nmfa_serial = ${guess.serial}`,
          `that is a guess, the usual one for ${guess.arn}; the AWS console shows the real one under Security credentials`,
          `or have it written: aws-as mfa choose ${profile} ${guess.serial}`,
        ];
  return new UserError(`IAM does not let "${profile}" list its MFA devices`, {
    hints: [...hints, "or have an administrator allow iam:ListMFADevices to the user"],
    cause: error,
  });
}

/**
 * The serial that a virtual device mostly has: named like its user. The console lets people choose other names, so it
 * is no more than a guess.
 */
export function usualSerial(callerArn: string): string | undefined {
  const [, partition, account, kind, path] =
    /^arn:([\w-]+):iam::(\d{12}):(user|root)(?:\/(.+))?$/.exec(callerArn) ?? [];
  if (kind === undefined) return undefined;
  const name = kind === "root" ? "root-account-mfa-device" : path?.split("/").at(-1);
  return name && `arn:${partition}:iam::${account}:mfa/${name}`;
}
