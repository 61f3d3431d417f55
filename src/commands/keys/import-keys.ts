import type { AwsConfig } from "../../config/aws-config.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readConfig } from "../../machine/open.ts";
import { stanzas } from "../../profiles/stanzas.ts";
import { longTermKeyItem } from "../../session/long-term-key.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { checkKey } from "./check-key.ts";
import { placesOf, readDocuments, withoutKey } from "./documents.ts";
import { keepKey } from "./keep-key.ts";
import { type Break, breaksOf, type PlainKey, plainKeyOf, profilesWithKeys } from "./plain-keys.ts";
import { keyOfProfile, pointToKey, profilesOfKey } from "./sections.ts";

export interface ImportOptions {
  /** Undefined: every key there is. */
  readonly profile: string | undefined;
  /** Leave the lines where they are. */
  readonly keep: boolean;
  /** Also where other tools lose a profile by it. */
  readonly force: boolean;
}

/**
 * Moves keys from plain text into the store. In this order, so that a kill at any point loses nothing, and the next
 * run goes on: asked from AWS whether they work, stored, read back, named in `[aws-as NAME]`, and then taken out of the
 * file.
 */
export async function importKeys(options: ImportOptions, task: Task): Promise<void> {
  const { keys, failures } = await verified(await chosenKeys(options, task), options, task);
  if (!options.keep)
    await agreeToBreak(
      breaksOf(
        keys.map(({ key }) => key.profile),
        task.config,
      ),
      options,
      task,
    );

  for (const { key, createdAt } of keys) {
    const { profile } = key;
    const known = (await task.store.list()).find(
      ({ name }) => name === longTermKeyItem(key.accessKeyId, profile).name,
    );
    const made = createdAt ?? known?.createdAt;
    const addedAt = known?.addedAt ?? task.machine.clock.now();
    await keepKey(key, { profile, addedAt, ...(made === undefined ? {} : { createdAt: made }) }, task.store);
  }
  await editAwsFile("config", task.machine, (document) =>
    keys.reduce((edited, { key }) => pointToKey(edited, key.profile, key.accessKeyId), document),
  );
  for (const { key } of keys) {
    task.say(
      `stored the key of "${key.profile}" (…${key.accessKeyId.slice(-4)}) in the ${storeNames[task.store.kind]}`,
    );
  }
  for (const { key } of keys) await tellReplaced(key, task);
  if (options.keep) {
    if (keys.length > 0)
      task.say("the lines of the keys stay in plain text, and count as long as they are there");
  } else {
    await takeOut(
      keys.map(({ key }) => key),
      task,
    );
  }
  if (failures > 0) throw new UserError(`${failures} of the keys could not be imported; see above`);
}

/** A key that the profile named until now stays in the store, where it is easily forgotten. */
async function tellReplaced({ profile }: PlainKey, task: Task): Promise<void> {
  const before = keyOfProfile(task.config, profile);
  if (before === undefined || profilesOfKey(await readConfig(task.machine), before).length > 0) return;
  const { name } = longTermKeyItem(before, profile);
  if (!(await task.store.list()).some((item) => item.name === name)) return;
  const tail = before.slice(-4);
  task.say(
    `the key that "${profile}" had in the store (…${tail}) stays there; if it is not wanted: aws-as keys remove ${tail}`,
  );
}

async function chosenKeys({ profile }: ImportOptions, task: Task): Promise<PlainKey[]> {
  const documents = await readDocuments(task);
  if (profile !== undefined) {
    const found = plainKeyOf(profile, documents);
    if (found === undefined) throw nothingToImport(profile, task.config);
    if ("because" in found)
      throw new UserError(`the key of "${profile}" cannot be imported: ${found.because}`);
    return [found];
  }
  const found = profilesWithKeys(documents).flatMap((name) => plainKeyOf(name, documents) ?? []);
  for (const each of found) if ("because" in each) task.warn(`left out "${each.profile}": ${each.because}`);
  const keys = found.filter((each): each is PlainKey => "accessKeyId" in each);
  if (keys.length === 0) task.say("there is no key in plain text to import");
  return keys;
}

function nothingToImport(profile: string, config: AwsConfig): UserError {
  const stored = keyOfProfile(config, profile);
  if (stored !== undefined) {
    return new UserError(`the key of "${profile}" is in the store already (…${stored.slice(-4)})`, {
      hints: ["see them all: aws-as keys list"],
    });
  }
  return new UserError(
    `profile "${profile}" has no key in ${config.files.credentials} or ${config.files.config}`,
    {
      hints: [`to type one in: aws-as keys add ${profile}`],
    },
  );
}

interface Verified {
  readonly keys: readonly { readonly key: PlainKey; readonly createdAt?: number }[];
  /** How many were left out. */
  readonly failures: number;
}

/** With `--all` a key that AWS does not take is left where it is; a key that was asked for is an error. */
async function verified(keys: readonly PlainKey[], options: ImportOptions, task: Task): Promise<Verified> {
  const good = [];
  for (const key of keys) {
    try {
      const { createdAt } = await checkKey(key, key.profile, task);
      good.push({ key, ...(createdAt === undefined ? {} : { createdAt }) });
    } catch (error) {
      if (options.profile !== undefined || !(error instanceof UserError)) throw error;
      task.warn(`left "${key.profile}" (${key.at}) where it is: ${error.message}`);
    }
  }
  return { keys: good, failures: keys.length - good.length };
}

/** @throws UserError when other tools would lose profiles, and nobody says that this may be */
async function agreeToBreak(breaks: readonly Break[], options: ImportOptions, task: Task): Promise<void> {
  if (breaks.length === 0 || options.force) return;
  for (const { profile, because, servedAs } of breaks) {
    task.warn(
      `"${profile}" ${because}: other tools will find none there${servedAs ? `, but under ${servedAs}` : ""}`,
    );
  }
  const many = breaks.length === 1 ? "1 profile of" : `${breaks.length} profiles of`;
  const agreed = await task.machine.people.confirm(
    "Import all the same, and use the as-… profiles in those tools?",
  );
  if (agreed.kind === "answer" && agreed.value) return;
  const names = breaks.map(({ profile }) => profile).join(", ");
  const again = `aws-as keys import ${options.profile ?? "--all"}`;
  const unserved = breaks.filter(({ servedAs }) => servedAs === undefined).map(({ profile }) => profile);
  throw new UserError(`${many} other tools would break: ${names}; nothing was changed`, {
    hints: [
      ...(unserved.length === 0
        ? []
        : [
            `to have them go on under their names, first: aws-as init --adopt ${unserved.join(" ")}`,
            `to have them served under other names, first: aws-as init ${unserved.join(" ")}`,
          ]),
      `to import all the same: ${again} --force`,
      `to leave the lines where they are: ${again} --keep`,
    ],
    ...(agreed.kind === "cancelled" ? { exitCode: 130 as const } : {}),
  });
}

async function takeOut(keys: readonly PlainKey[], task: Task): Promise<void> {
  if (keys.length === 0) return;
  const documents = await readDocuments(task);
  for (const file of ["credentials", "config"] as const) {
    // A file without these lines need not even be one: AWS_SHARED_CREDENTIALS_FILE=/dev/null is common.
    if (keys.reduce(withoutKey, documents[file]) === documents[file]) continue;
    await editAwsFile(file, task.machine, (document) => keys.reduce(withoutKey, document));
  }
  const served = stanzas(await readConfig(task.machine));
  for (const { profile, at } of keys) {
    task.say(`took the key of "${profile}" out of ${at}`);
    const serving = served.filter(({ identity }) => identity === profile);
    if (serving.some(({ adopted }) => adopted)) continue;
    const [stanza] = serving;
    const adopt = `aws-as init --adopt ${profile}`;
    const instead = stanza
      ? `they use ${stanza.profile}; for the old name: ${adopt}`
      : `to serve them under that name: ${adopt}`;
    task.say(`other tools find no key under "${profile}" any more; ${instead}`);
  }
  for (const { profile, secretAccessKey } of keys) {
    for (const left of await placesOf(secretAccessKey.reveal(), task)) {
      task.warn(`the secret of "${profile}" still stands in ${left}, perhaps in a comment`);
    }
  }
  const [first] = keys;
  task.say(
    `backups of the file may hold the old text; a new key is a command away: aws-as keys rotate ${first?.profile}`,
  );
}
