import type { AwsConfig } from "../../config/aws-config.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { planFromMemory } from "../../credentials/plan-for.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readConfig } from "../../machine/open.ts";
import { isSessionOfKey } from "../../session/item.ts";
import { keyIdOfItem, longTermKeyItem } from "../../session/long-term-key.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { requireAnswer } from "./require-answer.ts";
import { keyOfProfile, profilesOfKey, removePointer } from "./sections.ts";

/**
 * Takes a key out of the store, unless another profile names it still, and forgets its sessions.
 *
 * @returns what became of it, as a sentence
 */
export async function dropKey(accessKeyId: string, profile: string, task: Task): Promise<string> {
  await forgetSessions(accessKeyId, profile, task);
  const what = `the key …${accessKeyId.slice(-4)}`;
  const others = othersOf(accessKeyId, profile, await readConfig(task.machine));
  if (others.length > 0) return `${what} stays in the store for ${others.join(", ")}`;
  const removed = await task.store.remove(longTermKeyItem(accessKeyId, profile).name);
  const store = storeNames[task.store.kind];
  return removed
    ? `removed ${what} from the ${store}`
    : `${what} was not in the ${store}; if it is in another one, it is still there`;
}

function othersOf(accessKeyId: string, profile: string, config: AwsConfig): string[] {
  return profilesOfKey(config, accessKeyId).filter((name) => name !== profile);
}

/**
 * Forgets every session that was got with a key: the user's own, and those of the roles that start from it in the
 * configuration of now, whichever key that names.
 */
export async function forgetSessions(accessKeyId: string, profile: string, task: Task): Promise<void> {
  const config = await readConfig(task.machine);
  const names = new Set<string>();
  for (const { name } of identityNames(config)) {
    try {
      const identity = resolveIdentity(config, name);
      const { root } = identity;
      if (root.profile !== profile || (root.kind !== "static-keys" && root.kind !== "stored-keys")) continue;
      const made = await planFromMemory(
        { ...identity, root: { ...root, accessKeyId } },
        config,
        task.machine,
      );
      for (const step of made?.steps ?? []) names.add(step.item.name);
    } catch (error) {
      // An identity that is wrong in itself has no sessions.
      if (!(error instanceof UserError)) throw error;
    }
  }
  for (const { name } of await task.store.list()) {
    if (names.has(name) || isSessionOfKey(name, accessKeyId)) await task.store.remove(name);
  }
}

export interface RemoveOptions {
  /** A profile, or the last characters of the id of a key that no profile names any more. */
  readonly name: string;
  readonly yes: boolean;
}

/** Takes a key out of the store for good. AWS knows it still; here nobody can use it any more. */
export async function removeKey({ name, yes }: RemoveOptions, task: Task): Promise<void> {
  const accessKeyId = keyOfProfile(task.config, name) ?? (await orphan(name, task));
  const tail = accessKeyId.slice(-4);
  if (!yes) {
    const others = othersOf(accessKeyId, name, task.config);
    const question =
      others.length > 0
        ? `Take the key …${tail} away from "${name}"? It stays in the store for ${others.join(", ")}.`
        : `Remove the key …${tail} from the store? Its secret cannot be had from AWS again.`;
    const agreed = requireAnswer(await task.machine.people.confirm(question), [
      `aws-as keys remove ${name} --yes`,
    ]);
    if (!agreed) throw new UserError("nothing was removed", { exitCode: 130 });
  }
  // The secret goes first: a run that is killed in between leaves a name without a key, and can be repeated.
  const reason = await dropKey(accessKeyId, name, task);
  const isNamed = keyOfProfile(task.config, name) !== undefined;
  if (isNamed) await editAwsFile("config", task.machine, (document) => removePointer(document, name));
  if (isNamed) task.say(`"${name}" no longer names the key …${tail}`);
  task.say(reason);
  if (profilesOfKey(await readConfig(task.machine), accessKeyId).length === 0) {
    task.say("AWS knows it still: delete it in IAM if nothing else uses it");
  }
}

/** A key in the store that no profile names: left by a run that was interrupted. */
async function orphan(name: string, task: Task): Promise<string> {
  const ids = (await task.store.list()).flatMap((item) => keyIdOfItem(item.name) ?? []);
  const found = ids.filter((id) => name.length >= 4 && id.endsWith(name.replace(/^…/, "")));
  const [only] = found.filter((id) => profilesOfKey(task.config, id).length === 0);
  if (only !== undefined && found.length === 1) return only;
  throw new UserError(`there is no key of "${name}" in the store`, {
    hints: ["see them all: aws-as keys list"],
  });
}
