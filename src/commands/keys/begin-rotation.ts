import type { AccessKey, Endpoint, ListedKey } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { actAs } from "../../credentials/act-as.ts";
import { endpointOfProfile, planFor } from "../../credentials/plan-for.ts";
import { profilesOfKey } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { fingerprint } from "../../session/item.ts";
import { keyIdOfItem, openKey } from "../../session/long-term-key.ts";
import { isKeyRoot } from "../../session/plan.ts";
import { UserError } from "../../system/user-error.ts";
import { holderOfId, readDocuments } from "./plain-keys.ts";
import type { RotationFacts, RotationNote } from "./rotation.ts";

export interface RotateOptions {
  readonly identity: string;
  readonly keepInactive: boolean;
  /** The end of the id of a key that may be deleted to make room. */
  readonly deleteKey: string | undefined;
  readonly code: string | undefined;
  readonly dryRun: boolean;
}

/** A rotation under way. */
export interface Rotation {
  readonly profile: string;
  readonly task: Task;
  readonly iam: IamCaller;
  readonly endpoint: Endpoint;
  /** The user's ARN: the new key must belong to the same. */
  readonly arn: string;
  readonly noteName: string;
  readonly facts: RotationFacts;
  /** What the note says by now. */
  note: RotationNote;
}

/** Finds out all that the plan of a rotation depends on. Throws UserError where there is nothing to rotate. */
export async function begin(
  { identity: profile, keepInactive, deleteKey, code }: RotateOptions,
  task: Task,
): Promise<Rotation> {
  if (deleteKey !== undefined && !/^[A-Z0-9]{4,}$/.test(deleteKey)) {
    throw new UserError("--delete-key takes the last four characters of a key's id, or more of it", {
      exitCode: 2,
    });
  }
  const { machine, config, store } = task;
  const { root, hops } = resolveIdentity(config, profile);
  if (hops.length > 0 && root.profile === profile) {
    throw new UserError(`"${profile}" is a role and the key it starts from in one, which cannot be rotated`, {
      hints: [
        `give the key a profile of its own, name that as source_profile of "${profile}", and rotate the key there`,
      ],
    });
  }
  if (hops.length > 0) {
    throw new UserError(`"${profile}" is a role, and roles have no keys`, {
      hints: [`the user that it starts from: aws-as keys rotate ${root.profile}`],
    });
  }
  if (root.kind === "static-keys") {
    const { file, line } = root.position;
    throw new UserError(`the key of "${profile}" is in plain text (${file}:${line})`, {
      hints: [`to move it into the store, where it can be rotated: aws-as keys import ${profile}`],
    });
  }
  if (root.kind !== "stored-keys") {
    throw new UserError(
      `"${profile}" has no long-term key to rotate (its credentials come from ${root.kind})`,
    );
  }
  const current = root.accessKeyId;
  await refuseCopies(current, task);

  const endpoint = endpointOfProfile(profile, config, machine);
  const { arn } = await machine.aws().getCallerIdentity(endpoint, await openKey(root, store));
  const iam = iamCaller(profile, code, task);
  const noteName = `rotations/${fingerprint([arn])}`;
  const items = await store.list();
  const keys = await listed(iam, profile, task);
  const documents = await readDocuments(task);
  const named = keys.flatMap(({ accessKeyId: id }) => {
    const by = profilesOfKey(config, id)[0] ?? holderOfId(id, documents)?.profile;
    return by === undefined || id === current ? [] : [[id, by] as const];
  });
  const facts = {
    current,
    listed: keys,
    stored: new Set(items.flatMap(({ name }) => keyIdOfItem(name) ?? [])),
    named: new Map(named),
    note: noteFrom(await machine.notes.read(noteName)),
    mayDelete: deleteKey,
    keepInactive,
  };
  return { profile, task, iam, endpoint, arn, noteName, facts, note: facts.note ?? { old: current } };
}

/** A copy of the key in plain text would stop working without a word. */
async function refuseCopies(current: string, task: Task): Promise<void> {
  const copy = holderOfId(current, await readDocuments(task));
  if (copy === undefined) return;
  throw new UserError(
    `the same key is in plain text under "${copy.profile}" (${copy.at}), where it would stop working`,
    {
      hints: [`to move that into the store as well: aws-as keys import ${copy.profile}`],
    },
  );
}

async function listed(iam: IamCaller, profile: string, { machine }: Task): Promise<readonly ListedKey[]> {
  try {
    return await iam.call((endpoint, key) => machine.aws().listAccessKeys(endpoint, key));
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== "access-denied") throw error;
    throw new AwsError(error.kind, error.message, {
      hints: [
        ...error.hints,
        "to rotate, a user must be allowed iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey and DeleteAccessKey on itself",
        ...(iam.hasSession()
          ? []
          : [`if IAM demands MFA for that, name the device: aws-as mfa choose ${profile}`]),
      ],
      cause: error,
    });
  }
}

function noteFrom(value: unknown): RotationNote | undefined {
  const { old, fresh, oldIs } = (value ?? {}) as Partial<Record<keyof RotationNote, unknown>>;
  if (typeof old !== "string") return undefined;
  return {
    old,
    ...(typeof fresh === "string" && { fresh }),
    ...((oldIs === "switched-off" || oldIs === "kept") && { oldIs }),
  };
}

/** Calls IAM as the user of a profile. */
interface IamCaller {
  call<T>(work: (endpoint: Endpoint, key: AccessKey) => Promise<T>): Promise<T>;
  /** Whether the last call was made with a session of an MFA device. */
  hasSession(): boolean;
}

/** Milliseconds that AWS may take to know a new key everywhere, and between two tries. */
const keyKnownTimeoutMs = 60_000;
const retryIntervalMs = 1000;

/**
 * IAM takes a session only if it was got with an MFA code, and policies often take nothing less; a key without a device
 * calls by itself. What is in hand goes on until AWS no longer takes it, as it may be of the key that was just switched
 * off. Then it is had anew from the key that the configuration names by now: a session with a new code, a key as soon as
 * AWS knows it everywhere.
 */
function iamCaller(profile: string, code: string | undefined, task: Task): IamCaller {
  const { machine, store } = task;
  let inHand: { readonly key: AccessKey; readonly isSession: boolean } | undefined;

  const credentials = async (renew: boolean): Promise<NonNullable<typeof inHand>> => {
    const config = await readConfig(task.machine);
    const identity = resolveIdentity(config, profile);
    const { root, steps } = await planFor(identity, { config, machine, store });
    if (!isKeyRoot(root)) throw new Error(`a ${root.kind} has no long-term key`);
    if (steps[0].device === undefined) return { key: await openKey(root, store), isSession: false };
    const request = { name: profile, way: "keep", unattended: false, renew, code } as const;
    const { session } = await actAs(request, machine, task.warn, store);
    return { key: session.credentials, isSession: true };
  };

  return {
    hasSession: () => inHand?.isSession === true,
    call: async (work) => {
      const endpoint = endpointOfProfile(profile, task.config, machine);
      const until = machine.clock.monotonic() + keyKnownTimeoutMs;
      for (let renewed = false; ; ) {
        inHand ??= await credentials(renewed);
        try {
          return await work(endpoint, inHand.key);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          if (inHand.isSession ? renewed : machine.clock.monotonic() >= until) throw error;
          if (!inHand.isSession) await machine.clock.sleep(retryIntervalMs);
          renewed = inHand.isSession;
          inHand = undefined;
        }
      }
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof AwsError && ["invalid-credentials", "expired-credentials"].includes(error.kind);
}
