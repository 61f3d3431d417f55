import { AwsError } from "../../aws/aws-error.ts";
import type { Task } from "../../machine/machine.ts";
import { readConfig } from "../../machine/open.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { begin, type RotateOptions } from "./begin-rotation.ts";
import { moveText } from "./move-text.ts";
import type { Move } from "./rotation.ts";
import { runMove } from "./rotation-moves.ts";
import { keyOfProfile } from "./sections.ts";
import { settlePlan } from "./settle-plan.ts";

/** Replaces the key of a user by a new one, or goes on where an interrupted run stopped. */
export async function rotateKey(options: RotateOptions, task: Task): Promise<void> {
  const rotation = await begin(options, task);
  const plan = await settlePlan(rotation, options);
  if (options.dryRun) {
    for (const move of plan.moves) task.say(`would ${moveText(move, "a new key").todo}`);
    return;
  }
  if (plan.resumed) task.say("going on with a rotation that was interrupted");
  for (const [at, move] of plan.moves.entries()) {
    await runMove(move, rotation).catch((error) => {
      throw at === 0 && !plan.resumed ? error : withNextStep(error, move, options.profile);
    });
  }
  await task.machine.notes.remove(rotation.noteName);
  const current = keyOfProfile(await readConfig(task.machine), options.profile) ?? "";
  task.say(
    `"${options.profile}" has the key …${current.slice(-4)} now, in the ${storeNames[task.store.kind]}`,
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
