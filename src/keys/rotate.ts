import type { CreatedKey, Endpoint, ListedKey } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { endpointKey } from "../aws/endpoint.ts";
import { endpointOfProfile } from "../cli/endpoint-of.ts";
import { resolveIdentity } from "../config/resolve.ts";
import { carryDevice } from "../session/device.ts";
import { timestamp } from "../session/expiry.ts";
import { fingerprint } from "../session/item.ts";
import { keyIdOfItem, longTermKeyItem, openKey } from "../session/long-term-key.ts";
import { storeNames } from "../store/secret-store.ts";
import { UserError } from "../system/user-error.ts";
import { readDocuments } from "./documents.ts";
import { type IamCaller, iamCaller } from "./iam-caller.ts";
import { keepKey, proveStore } from "./keep-key.ts";
import type { Place } from "./place.ts";
import { holderOfId } from "./plain-keys.ts";
import { proveKey } from "./prove-key.ts";
import { forgetSessions } from "./remove.ts";
import { type Move, planRotation, type RotationFacts, type RotationNote } from "./rotation.ts";
import { keyOfProfile, pointToKey, profilesOfKey } from "./sections.ts";

export interface RotateWish {
  readonly profile: string;
  readonly keepInactive: boolean;
  /** The end of the id of a key that may be deleted to make room. */
  readonly deleteKey: string | undefined;
  readonly code: string | undefined;
  readonly dryRun: boolean;
}

/** A rotation under way. */
interface Rotation {
  readonly profile: string;
  readonly place: Place;
  readonly iam: IamCaller;
  readonly endpoint: Endpoint;
  /** The user's ARN: the new key must belong to the same. */
  readonly arn: string;
  readonly noteName: string;
  readonly facts: RotationFacts;
  /** The id of the new key, once there is one. */
  fresh?: string;
}

/** Replaces the key of a user by a new one, or goes on where an interrupted run stopped. */
export async function rotateKey(wish: RotateWish, place: Place): Promise<void> {
  const rotation = await begin(wish, place);
  const plan = await settled(rotation, wish);
  if (wish.dryRun) {
    for (const move of plan.moves) place.say(`would ${told(move, "a new key").todo}`);
    return;
  }
  if (plan.resumed) place.say("going on with a rotation that was interrupted");
  for (const [at, move] of plan.moves.entries()) {
    await carryOut(move, rotation).catch((error) => {
      throw at === 0 && !plan.resumed ? error : withTheWayOn(error, move, wish.profile);
    });
  }
  await place.machine.notes.remove(rotation.noteName);
  const current = keyOfProfile(await place.reread(), wish.profile) ?? "";
  place.say(
    `"${wish.profile}" has the key …${current.slice(-4)} now, in the ${storeNames[place.store.kind]}`,
  );
}

/** What stops a rotation halfway is mended by running it again. */
function withTheWayOn(error: unknown, { kind }: Move, profile: string): unknown {
  if (!(error instanceof UserError)) return error;
  const isDenied = error instanceof AwsError && error.kind === "access-denied";
  const otherwise = [
    ...(isDenied && (kind === "deactivate" || kind === "delete")
      ? ["have the user allowed to do that with keys of its own, or an administrator do it"]
      : []),
    ...(isDenied && kind === "delete"
      ? [`or leave the old key switched off: aws-as keys rotate ${profile} --keep-inactive`]
      : []),
  ];
  return new UserError(`the rotation stopped halfway, with a key that works: ${error.message}`, {
    hints: [...error.hints, ...otherwise, `then finish it: aws-as keys rotate ${profile}`],
    exitCode: error.exitCode,
    cause: error,
  });
}

async function begin(
  { profile, keepInactive, deleteKey, code }: RotateWish,
  place: Place,
): Promise<Rotation> {
  if (deleteKey !== undefined && !/^[A-Z0-9]{4,}$/.test(deleteKey)) {
    throw new UserError("--delete-key takes the last four characters of a key's id, or more of it", {
      exitCode: 2,
    });
  }
  const { machine, config, store } = place;
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
    throw new UserError(`the key of "${profile}" stands in plain text (${file}:${line})`, {
      hints: [`to move it into the store, where it can be rotated: aws-as keys import ${profile}`],
    });
  }
  if (root.kind !== "stored-keys") {
    throw new UserError(
      `"${profile}" has no long-term key to rotate (its credentials come from ${root.kind})`,
    );
  }
  const current = root.accessKeyId;
  await refuseCopies(current, place);

  const endpoint = endpointOfProfile(profile, config, machine);
  const { arn } = await machine.aws().getCallerIdentity(endpoint, await openKey(root, store));
  const iam = iamCaller(profile, code, place);
  const noteName = `rotations/${fingerprint([arn])}`;
  const items = await store.list();
  const keys = await listed(iam, profile, place);
  const documents = await readDocuments(place);
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
  return { profile, place, iam, endpoint, arn, noteName, facts };
}

/** A copy of the key in plain text would stop working without a word. */
async function refuseCopies(current: string, place: Place): Promise<void> {
  const copy = holderOfId(current, await readDocuments(place));
  if (copy === undefined) return;
  throw new UserError(
    `the same key stands in plain text under "${copy.profile}" (${copy.at}), where it would stop working`,
    {
      hints: [`to move that into the store as well: aws-as keys import ${copy.profile}`],
    },
  );
}

async function listed(iam: IamCaller, profile: string, { machine }: Place): Promise<readonly ListedKey[]> {
  try {
    return await iam.call((endpoint, key) => machine.aws().listAccessKeys(endpoint, key));
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== "access-denied") throw error;
    throw new AwsError(error.kind, error.message, {
      hints: [
        ...error.hints,
        "to rotate, a user must be allowed iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey and DeleteAccessKey on itself",
        `if IAM demands MFA for that, name the device: aws-as mfa choose ${profile}`,
      ],
      cause: error,
    });
  }
}

function noteFrom(value: unknown): RotationNote | undefined {
  const { old, startedAt, before } = (value ?? {}) as Partial<RotationNote>;
  const isNote = typeof old === "string" && typeof startedAt === "number" && Array.isArray(before);
  return isNote ? { old, startedAt, before } : undefined;
}

/** The moves, after the person has chosen where there is a choice. */
async function settled(rotation: Rotation, wish: RotateWish) {
  const { facts, profile, place } = rotation;
  const plan = planRotation(facts);
  if (plan.kind === "moves") {
    const room = plan.moves.find((move) => move.kind === "make-room");
    if (room?.kind !== "make-room" || !room.onlyIfUnused || (await isUnused(room.id, rotation))) return plan;
    const other = facts.listed.find(({ accessKeyId }) => accessKeyId === room.id);
    return await roomByChoice(other as ListedKey, rotation, wish);
  }
  if (plan.kind === "unknown-current") {
    throw new UserError(
      `IAM does not list the key …${facts.current.slice(-4)} of "${profile}" among those of ${rotation.arn}`,
      { hints: ["wait a minute and try again, if the key is new"] },
    );
  }
  if (plan.usedBy !== undefined) {
    throw new UserError(
      `both keys that AWS allows a user are in use here, by "${profile}" and "${plan.usedBy}"`,
      {
        hints: [giveUp(plan.other.accessKeyId, plan.usedBy, rotation)],
      },
    );
  }
  place.warn(`AWS allows a user two keys, and ${rotation.arn} has two`);
  return await roomByChoice(plan.other, rotation, wish);
}

/** How a key that a profile of this machine uses makes room for a new one of another profile. */
function giveUp(id: string, usedBy: string, { place, profile }: Rotation): string {
  const isStored = profilesOfKey(place.config, id).includes(usedBy);
  const how = isStored ? `aws-as keys remove ${usedBy}` : "take its lines out of the file";
  return `if "${usedBy}" can do without: ${how}, and then aws-as keys rotate ${profile} --delete-key ${id.slice(-4)}`;
}

/** A key that AWS has never seen at work. What AWS does not tell counts as used. */
async function isUnused(id: string, { iam, place }: Rotation): Promise<boolean> {
  try {
    const used = await iam.call((endpoint, key) => place.machine.aws().accessKeyLastUsed(endpoint, key, id));
    return used === undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return false;
  }
}

/** Lets the person say whether the other key may go. */
async function roomByChoice(other: ListedKey, rotation: Rotation, { dryRun }: RotateWish) {
  const { facts, profile, place, iam } = rotation;
  const tail = other.accessKeyId.slice(-4);
  const used = await iam
    .call((endpoint, key) => place.machine.aws().accessKeyLastUsed(endpoint, key, other.accessKeyId))
    .then(
      (at) => (at === undefined ? "never used" : `last used ${timestamp(at).slice(0, 10)}`),
      () => "last use unknown",
    );
  const made = timestamp(other.createdAt).slice(0, 10);
  const what = `the other key, …${tail} (${other.active ? "active" : "inactive"}, made ${made}, ${used})`;
  const remove = `delete ${what}, for good`;
  const stop = "stop, and change nothing";
  const chosen = dryRun
    ? undefined
    : await place.machine.choose("to make room for a new key", [stop, remove]);
  if (chosen === remove) {
    const again = planRotation({ ...facts, mayDelete: other.accessKeyId });
    if (again.kind === "moves") return again;
  }
  if (chosen === stop) throw new UserError("nothing was changed", { exitCode: 130 });
  throw new UserError(`there is no room for a new key of "${profile}" beside ${what}`, {
    hints: [
      `if nothing needs that key: aws-as keys rotate ${profile} --delete-key ${tail}`,
      `to use that key in place of this one, if you have its secret: aws-as keys add ${profile} --replace`,
    ],
  });
}

async function carryOut(move: Move, rotation: Rotation): Promise<void> {
  const { place, iam } = rotation;
  const { machine } = place;
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
      break;
    case "forget":
      await forgetSessions(move.id, rotation.profile, place);
      if (move.secret) await place.store.remove(longTermKeyItem(move.id, rotation.profile).name);
      break;
  }
  place.say(told(move, tailOf(rotation.fresh ?? "")).done);
}

/** What is gone need not go again. */
function unlessGone(error: unknown): void {
  if (!(error instanceof AwsError && error.kind === "not-found")) throw error;
}

function idOf(id: string, { fresh }: Rotation): string {
  if (id !== "new") return id;
  if (fresh === undefined) throw new Error("a move for a new key before there is one");
  return fresh;
}

/** The moment that counts: between the answer of AWS and the store, the secret is in this process alone. */
async function create(rotation: Rotation): Promise<void> {
  const { place, iam, facts, profile, noteName } = rotation;
  const { machine, store } = place;
  await proveStore(store);
  const note: RotationNote = {
    old: facts.current,
    startedAt: machine.clock.now(),
    before: facts.listed.map(({ accessKeyId }) => accessKeyId),
  };
  await machine.notes.write(noteName, note);
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
  try {
    await keepKey(made, { profile, createdAt, addedAt: machine.clock.now() }, store);
  } catch (error) {
    await takeBack(made, rotation);
    throw error;
  }
  rotation.fresh = accessKeyId;
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
        `AWS may have made a key that nobody has the secret of; run it again, which takes that away: aws-as keys rotate ${profile}`,
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
async function takeBack({ accessKeyId }: CreatedKey, { place, profile, iam }: Rotation): Promise<void> {
  // It may have been written, and only not be read back.
  await place.store.remove(longTermKeyItem(accessKeyId, profile).name).catch(() => false);
  try {
    await iam.call((endpoint, key) => place.machine.aws().deleteAccessKey(endpoint, key, accessKeyId));
    place.warn("the new key could not be stored, and was deleted again");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    place.warn(
      `the new key …${accessKeyId.slice(-4)} could not be stored, nor deleted again: delete it in IAM`,
    );
  }
}

async function prove(id: string, { place, endpoint, arn, profile }: Rotation): Promise<void> {
  const { position } = place.config.ours.get(profile) ?? { position: { file: "", line: 0 } };
  const key = await openKey({ kind: "stored-keys", profile, accessKeyId: id, position }, place.store);
  const caller = await proveKey(endpoint, key, profile, place);
  if (caller.arn !== arn) {
    throw new UserError(
      `the key …${id.slice(-4)} belongs to ${caller.arn}, and not to ${arn}; nothing was switched`,
    );
  }
}

async function switchTo(id: string, { place, facts, endpoint, profile: mine }: Rotation): Promise<void> {
  const ofKey = { endpointKey: endpointKey(endpoint) };
  await carryDevice(
    { ...ofKey, accessKeyId: facts.current },
    { ...ofKey, accessKeyId: id },
    place.machine.notes,
  );
  const profiles = profilesOfKey(await place.reread(), facts.current);
  // The old key goes next: only if the new one takes its place.
  if (!profiles.includes(mine)) {
    throw new UserError(`"${mine}" names another key by now than …${facts.current.slice(-4)}`, {
      hints: ["somebody changed the configuration meanwhile; see what there is: aws-as keys list"],
    });
  }
  await place.edit("config", (document) =>
    profiles.reduce((edited, profile) => pointToKey(edited, profile, id), document),
  );
}

/** A move in words, before it is done and after; `fresh` names the new key. */
function told(move: Move, fresh: string): { readonly todo: string; readonly done: string } {
  const key = "id" in move && move.id !== "new" ? tailOf(move.id) : fresh;
  switch (move.kind) {
    case "make-room":
      return {
        todo: `delete the key ${key}: ${move.because}`,
        done: `deleted the key ${key}: ${move.because}`,
      };
    case "create":
      return { todo: `make and store ${key}`, done: `made and stored the key ${key}` };
    case "prove":
      return { todo: `wait until AWS takes ${key}`, done: `AWS takes ${key}` };
    case "switch":
      return { todo: `use ${key} from then on`, done: `${key} is in use from now on` };
    case "deactivate":
      return { todo: `switch off the old key ${key}`, done: `switched off the old key ${key}` };
    case "delete":
      return { todo: `delete the old key ${key}`, done: `deleted the old key ${key}` };
    case "forget": {
      const what = `${move.secret ? "the secret and " : ""}the sessions of ${key}`;
      return { todo: `forget ${what}`, done: `forgot ${what}` };
    }
  }
}

function tailOf(id: string): string {
  return `…${id.slice(-4)}`;
}
