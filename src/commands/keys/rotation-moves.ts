import type { AccessKey, CallerIdentity, CreatedKey, Endpoint } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { endpointKey } from "../../aws/endpoint.ts";
import { forgetSessions, keepKey, pointToKey, profilesOfKey } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readConfig } from "../../machine/open.ts";
import { carryDevice } from "../../session/device.ts";
import { longTermKeyItem, openKey } from "../../session/long-term-key.ts";
import { proveStore } from "../../store/prove-store.ts";
import { newKeyTimeoutMs } from "../../system/limits.ts";
import { UserError } from "../../system/user-error.ts";
import type { Rotation } from "./begin-rotation.ts";
import { type Move, moveText, type RotationNote, tailOf } from "./rotation.ts";

/** Carries out one move of a rotation, and tells the person. */
export async function runMove(move: Move, rotation: Rotation): Promise<void> {
  const { task, iam } = rotation;
  const { machine } = task;
  const aws = machine.aws();
  switch (move.kind) {
    case "make-room":
    case "delete":
      await iam.call((endpoint, key) => aws.deleteAccessKey(endpoint, key, move.id)).catch(unlessGone);
      break;
    case "create":
      await create(rotation);
      break;
    case "prove":
      await prove(idOf(move.id, rotation), rotation);
      break;
    case "switch":
      await switchTo(idOf(move.id, rotation), rotation);
      break;
    case "deactivate":
      await iam
        .call((endpoint, key) => aws.setAccessKeyActive(endpoint, key, move.id, false))
        .catch(unlessGone);
      await writeNote({ ...rotation.note, oldIs: "switched-off" }, rotation);
      break;
    case "forget":
      await forgetSessions(move.id, rotation.profile, task);
      if (move.secret) await task.store.remove(longTermKeyItem(move.id, rotation.profile).name);
      break;
  }
  task.say(moveText(move, tailOf(rotation.note.fresh ?? "")).done);
}

/** What is gone need not go again. */
function unlessGone(error: unknown): void {
  if (!(error instanceof AwsError && error.kind === "not-found")) throw error;
}

/** Writes down how far the rotation is. */
export async function writeNote(note: RotationNote, rotation: Rotation): Promise<void> {
  rotation.note = note;
  await rotation.task.machine.notes.write(rotation.noteName, note);
}

function idOf(id: string, { note: { fresh } }: Rotation): string {
  if (id !== "new") return id;
  if (fresh === undefined) throw new Error("a move for a new key before there is one");
  return fresh;
}

/** The moment that counts: between the answer of AWS and the store, the secret is in this process alone. */
async function create(rotation: Rotation): Promise<void> {
  const { task, iam, facts, profile, noteName } = rotation;
  const { machine, store } = task;
  await proveStore(store, machine.clock.now());
  await writeNote({ old: facts.current }, rotation);
  const made = await iam
    .call((endpoint, key) => machine.aws().createAccessKey(endpoint, key))
    .catch(async (error) => {
      // AWS made none. A key that turns up now is somebody else's, and the note must not make it look like ours.
      if (error instanceof UserError && !mayHaveActed(error)) {
        await (facts.note === undefined
          ? machine.notes.remove(noteName)
          : machine.notes.write(noteName, facts.note));
      }
      throw explained(error, profile);
    });
  const { accessKeyId, createdAt } = made;
  // Before the secret is stored: killed in between, the next run knows that the key is the one whose secret is lost.
  await writeNote({ old: facts.current, fresh: accessKeyId }, rotation);
  try {
    await keepKey(made, { profile, createdAt, addedAt: machine.clock.now() }, task);
  } catch (error) {
    await takeBack(made, rotation);
    throw error;
  }
}

/** Whether AWS may have done what it was asked for, although no good answer came. */
function mayHaveActed(error: UserError): boolean {
  return error instanceof AwsError && ["network", "timeout", "unavailable", "garbage"].includes(error.kind);
}

/** A failed CreateAccessKey, with what to do in a rotation. */
function explained(error: unknown, profile: string): unknown {
  if (!(error instanceof AwsError)) return error;
  if (mayHaveActed(error)) {
    return new AwsError(error.kind, error.message, {
      hints: [
        `AWS may have made a key that nobody has the secret of; run it again, which shows that key and asks: aws-as keys rotate ${profile}`,
      ],
      cause: error,
    });
  }
  if (error.kind !== "limit-exceeded") return error;
  return new AwsError(error.kind, error.message, {
    hints: [
      ...error.hints,
      "another key was made a moment ago, perhaps by a rotation on another machine, and lists do not show it yet",
      "wait a minute and try again",
    ],
    cause: error,
  });
}

/** A key whose secret cannot be kept must not stay behind. */
async function takeBack({ accessKeyId }: CreatedKey, { task, profile, iam }: Rotation): Promise<void> {
  // It may have been written, and only not be read back.
  await task.store.remove(longTermKeyItem(accessKeyId, profile).name).catch(() => false);
  try {
    await iam.call((endpoint, key) => task.machine.aws().deleteAccessKey(endpoint, key, accessKeyId));
    task.warn("the new key could not be stored, and was deleted again");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    task.warn(
      `the new key …${accessKeyId.slice(-4)} could not be stored, nor deleted again: delete it in IAM`,
    );
  }
}

async function prove(id: string, { task, endpoint, arn, profile }: Rotation): Promise<void> {
  const { position } = task.config.ours.get(profile) ?? { position: { file: "", line: 0 } };
  const key = await openKey({ kind: "stored-keys", profile, accessKeyId: id, position }, task.store);
  const caller = await proveKey(endpoint, key, profile, task);
  if (caller.arn !== arn) {
    throw new UserError(
      `the key …${id.slice(-4)} belongs to ${caller.arn}, and not to ${arn}; nothing was switched`,
    );
  }
}

async function switchTo(id: string, { task, facts, endpoint, profile: mine }: Rotation): Promise<void> {
  const ofKey = { endpointKey: endpointKey(endpoint) };
  await carryDevice(
    { ...ofKey, accessKeyId: facts.current },
    { ...ofKey, accessKeyId: id },
    task.machine.notes,
  );
  const profiles = profilesOfKey(await readConfig(task.machine), facts.current);
  // The old key goes next: only if the new one takes its place.
  if (!profiles.includes(mine)) {
    throw new UserError(`"${mine}" names another key by now than …${facts.current.slice(-4)}`, {
      hints: ["somebody changed the configuration meanwhile; see what there is: aws-as keys list"],
    });
  }
  await editAwsFile("config", task.machine, (document) =>
    profiles.reduce((edited, profile) => pointToKey(edited, profile, id), document),
  );
}

const retryIntervalMs = 300;
/** Between two lines of progress. */
const progressIntervalMs = 5000;

/** How often in a row AWS must take the key: its parts learn of one at different times. */
const successesNeeded = 3;

/**
 * Tries a new key until AWS takes it again and again.
 *
 * @throws UserError when AWS does not within a minute and a half, or fails in another way
 */
async function proveKey(
  endpoint: Endpoint,
  key: AccessKey,
  profile: string,
  { machine, say }: Task,
): Promise<CallerIdentity> {
  const { clock } = machine;
  const aws = machine.aws();
  const began = clock.monotonic();
  let reportedAt = began;
  for (let taken = 0; ; await clock.sleep(retryIntervalMs)) {
    try {
      const caller = await aws.getCallerIdentity(endpoint, key);
      taken += 1;
      if (taken >= successesNeeded) return caller;
    } catch (error) {
      if (!(error instanceof AwsError) || error.kind !== "invalid-credentials") throw error;
      taken = 0;
    }
    const now = clock.monotonic();
    if (now - began > newKeyTimeoutMs) {
      throw new UserError(
        `AWS did not take the new key …${key.accessKeyId.slice(-4)} within ${newKeyTimeoutMs / 1000} s; the old one is still in use`,
        { hints: [`it is stored, and can be taken later: aws-as keys rotate ${profile}`] },
      );
    }
    if (now - reportedAt >= progressIntervalMs || (reportedAt === began && taken === 0)) {
      say(`AWS does not know the new key everywhere yet, waiting (${Math.round((now - began) / 1000)} s)`);
      reportedAt = now;
    }
  }
}
