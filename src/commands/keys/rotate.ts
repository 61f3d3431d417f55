import { Command, Option } from "clipanion";
import type { ListedKey } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { AwsAsCommand } from "../../cli/base-command.ts";
import { keyOfProfile, profilesOfKey } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { storeNames } from "../../store/secret-store.ts";
import { timestamp } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";
import { begin, type RotateOptions, type Rotation } from "./begin-rotation.ts";
import { type Move, moveText, planRotation } from "./rotation.ts";
import { runMove, writeNote } from "./rotation-moves.ts";
import { withKeys } from "./with-keys.ts";

export class KeysRotateCommand extends AwsAsCommand {
  static override paths = [["keys", "rotate"]];
  static override usage = Command.Usage({
    details: `
      Makes a new key, stores it, waits until AWS takes it, uses it from then on, and only then switches off and deletes
      the old one. At every moment there is a key that works. A run that was interrupted is finished by running it again.

      AWS allows a user two keys. If there is another one, it is shown, and may be deleted to make room.

      Whatever else uses the old key (another machine, a pipeline) stops working, and has to be given the new one;
      with \`--keep-inactive\` the old one can be switched on again in IAM.
    `,
    examples: [
      ["now", "$0 keys rotate my-user1"],
      ["with a way back", "$0 keys rotate my-user1 --keep-inactive"],
    ],
  });

  identity = Option.String({ name: "identity" });
  code = Option.String("--code", { description: "the MFA device's `CODE`; leave it out to be asked" });
  keepInactive = Option.Boolean("--keep-inactive", false, {
    description: "switch the old key off, and do not delete it",
  });
  deleteKey = Option.String("--delete-key", {
    description: "another key that may be deleted to make room, by the last characters of its `ID`",
  });
  dryRun = Option.Boolean("--dry-run", false, { description: "say what would be done" });

  protected override perform(): Promise<string> {
    return withKeys(this.context, (task) => rotateKey(this, task));
  }
}

/** Replaces the key of a user by a new one, or goes on where an interrupted run stopped. */
async function rotateKey(options: RotateOptions, task: Task): Promise<void> {
  const rotation = await begin(options, task);
  const plan = await settlePlan(rotation, options);
  if (options.dryRun) {
    for (const move of plan.moves) task.say(`would ${moveText(move, "a new key").todo}`);
    return;
  }
  if (plan.resumed) task.say("going on with a rotation that was interrupted");
  for (const [at, move] of plan.moves.entries()) {
    await runMove(move, rotation).catch((error) => {
      throw at === 0 && !plan.resumed ? error : withNextStep(error, move, options.identity);
    });
  }
  const { note } = rotation;
  await (options.keepInactive
    ? writeNote({ ...note, oldIs: "kept" }, rotation)
    : task.machine.notes.remove(rotation.noteName));
  const current = keyOfProfile(await readConfig(task.machine), options.identity) ?? "";
  task.say(
    `"${options.identity}" has the key …${current.slice(-4)} now, in the ${storeNames[task.store.kind]}`,
  );
}

/** What stops a rotation halfway is mended by running it again. */
function withNextStep(error: unknown, { kind }: Move, profile: string): unknown {
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

/** The moves, after the person has chosen where there is a choice. */
async function settlePlan(rotation: Rotation, options: RotateOptions) {
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
        hints: giveUp(plan.other.accessKeyId, plan.usedBy, rotation),
      },
    );
  }
  task.warn(`AWS allows a user two keys, and ${rotation.arn} has two`);
  if (plan.because !== undefined) task.warn(plan.because);
  return await roomByChoice(plan.other, rotation, options);
}

/** How a key that a profile of this machine uses makes room for a new one of another profile. */
function giveUp(id: string, usedBy: string, { task, profile }: Rotation): readonly string[] {
  const isStored = profilesOfKey(task.config, id).includes(usedBy);
  return [
    isStored
      ? `if "${usedBy}" can do without its key: aws-as keys remove ${usedBy}`
      : `if "${usedBy}" can do without its key, take its lines out of the file`,
    `then make room by deleting that key: aws-as keys rotate ${profile} --delete-key ${id.slice(-4)}`,
  ];
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
