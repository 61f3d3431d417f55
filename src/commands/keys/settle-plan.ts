import type { ListedKey } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { timestamp } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";
import type { RotateOptions, Rotation } from "./begin-rotation.ts";
import { planRotation } from "./rotation.ts";
import { profilesOfKey } from "./sections.ts";

/** The moves, after the person has chosen where there is a choice. */
export async function settlePlan(rotation: Rotation, options: RotateOptions) {
  const { facts, profile, task } = rotation;
  const plan = planRotation(facts);
  if (plan.kind === "moves") {
    const room = plan.moves.find((move) => move.kind === "make-room");
    if (room?.kind !== "make-room" || !room.onlyIfUnused || (await isUnused(room.id, rotation))) return plan;
    const other = facts.listed.find(({ accessKeyId }) => accessKeyId === room.id);
    return await roomByChoice(other as ListedKey, rotation, options);
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
  task.warn(`AWS allows a user two keys, and ${rotation.arn} has two`);
  return await roomByChoice(plan.other, rotation, options);
}

/** How a key that a profile of this machine uses makes room for a new one of another profile. */
function giveUp(id: string, usedBy: string, { task, profile }: Rotation): string {
  const isStored = profilesOfKey(task.config, id).includes(usedBy);
  const how = isStored ? `aws-as keys remove ${usedBy}` : "take its lines out of the file";
  return `if "${usedBy}" can do without: ${how}, and then aws-as keys rotate ${profile} --delete-key ${id.slice(-4)}`;
}

/** A key that AWS has never seen at work. What AWS does not tell counts as used. */
async function isUnused(id: string, { iam, task }: Rotation): Promise<boolean> {
  try {
    const used = await iam.call((endpoint, key) => task.machine.aws().accessKeyLastUsed(endpoint, key, id));
    return used === undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return false;
  }
}

/** Lets the person say whether the other key may go. */
async function roomByChoice(other: ListedKey, rotation: Rotation, { dryRun }: RotateOptions) {
  const { facts, profile, task, iam } = rotation;
  const tail = other.accessKeyId.slice(-4);
  const used = await iam
    .call((endpoint, key) => task.machine.aws().accessKeyLastUsed(endpoint, key, other.accessKeyId))
    .then(
      (at) => (at === undefined ? "never used" : `last used ${timestamp(at).slice(0, 10)}`),
      () => "last use unknown",
    );
  const made = timestamp(other.createdAt).slice(0, 10);
  const what = `the other key, …${tail} (${other.active ? "active" : "inactive"}, made ${made}, ${used})`;
  const remove = `delete ${what}, for good`;
  const stop = "stop, and change nothing";
  const chosen = dryRun ? undefined : await task.machine.choose("to make room for a new key", [stop, remove]);
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
