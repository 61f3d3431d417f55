import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { passedOver, unreadSection } from "../../config/resolve/unread.ts";
import { checkKey } from "../../keys/check-key.ts";
import { keepKey, keyOfProfile, pointToKey, profilesOfKey } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile, readConfig } from "../../machine/open.ts";
import { stanzas } from "../../profiles/stanzas.ts";
import { longTermKeyItem } from "../../session/long-term-key.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import {
  type Break,
  breaksOf,
  type PlainKey,
  placesOf,
  plainKeyOf,
  profilesWithKeys,
  readDocuments,
  withoutKey,
} from "./plain-keys.ts";
import { withKeys } from "./with-keys.ts";

export class KeysImportCommand extends AwsAsCommand {
  static override paths = [["keys", "import"]];
  static override usage = Command.Usage({
    details: `
      The key is tried with AWS, stored, and read back; then its two lines go out of the file, and everything else
      stays as it is. A run that was interrupted can be repeated.

      Tools that read the key from the file themselves no longer find it. If profiles of other names would break by
      that, they are named, and nothing is done unless you agree.
    `,
    examples: [
      ["one user's", "$0 keys import my-user1"],
      ["all there are", "$0 keys import --all"],
    ],
  });

  identity = Option.String({ name: "identity", required: false });
  all = Option.Boolean("--all", false, { description: "every key that stands in the files" });
  keep = Option.Boolean("--keep", false, {
    description: "copy into the store, and leave the lines in the file",
  });
  force = Option.Boolean("--force", false, { description: "also where profiles of other tools break by it" });

  protected override async perform(): Promise<string> {
    if (this.all === (this.identity !== undefined)) {
      throw new UserError("say which profile, or --all", {
        hints: ["aws-as keys import my-user1", "aws-as keys import --all"],
        exitCode: 2,
      });
    }
    return withKeys(this.context, (task) => importKeys(this, task));
  }
}

/**
 * Moves keys from plain text into the store. In this order, so that a kill at any point loses nothing, and the next
 * run goes on: asked from AWS whether they work, stored, read back, named in `[aws-as NAME]`, and then taken out of the
 * file.
 */
async function importKeys(options: KeysImportCommand, task: Task): Promise<void> {
  const { keys, failures } = await verified(await chosenKeys(options, task), options, task);
  const profiles = keys.map(({ key }) => key.profile);
  const breaks = options.keep ? [] : breaksOf(profiles, task.config);
  await agreeToBreak(breaks, options, task);

  for (const { key, createdAt } of keys) {
    const { profile } = key;
    const known = (await task.store.list()).find(
      ({ name }) => name === longTermKeyItem(key.accessKeyId, profile).name,
    );
    const made = createdAt ?? known?.createdAt;
    const addedAt = known?.addedAt ?? task.machine.clock.now();
    await keepKey(key, { profile, addedAt, createdAt: made }, task);
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
      breaks,
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

async function chosenKeys({ identity: profile }: KeysImportCommand, task: Task): Promise<PlainKey[]> {
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
  const rest = passedOver(task.config);
  if (rest !== undefined) task.warn(rest);
  const keys = found.filter((each): each is PlainKey => "accessKeyId" in each);
  if (keys.length === 0) {
    const where = rest === undefined ? "" : " in the sections that are read";
    task.say(`there is no key in plain text to import${where}`);
  }
  return keys;
}

function nothingToImport(profile: string, config: AwsConfig): UserError {
  const stored = keyOfProfile(config, profile);
  if (stored !== undefined) {
    return new UserError(`the key of "${profile}" is in the store already (…${stored.slice(-4)})`, {
      hints: ["see them all: aws-as keys list"],
    });
  }
  const unread = unreadSection(config, "profile", profile);
  if (unread !== undefined) return unread;
  return new UserError(
    `profile "${profile}" has no key in ${config.files.credentials} or ${config.files.config}`,
    {
      hints: [`to type one in: aws-as keys add ${profile}`],
    },
  );
}

interface Verified {
  readonly keys: readonly { readonly key: PlainKey; readonly createdAt: number | undefined }[];
  /** How many were left out. */
  readonly failures: number;
}

/** With `--all` a key that AWS does not take is left where it is; a key that was asked for is an error. */
async function verified(
  keys: readonly PlainKey[],
  options: KeysImportCommand,
  task: Task,
): Promise<Verified> {
  const good = [];
  for (const key of keys) {
    try {
      const { createdAt } = await checkKey(key, key.profile, task);
      good.push({ key, createdAt });
    } catch (error) {
      if (options.identity !== undefined || !(error instanceof UserError)) throw error;
      task.warn(`left "${key.profile}" (${key.at}) where it is: ${error.message}`);
    }
  }
  return { keys: good, failures: keys.length - good.length };
}

/** @throws UserError when other tools would lose profiles, and nobody says that this may be */
async function agreeToBreak(breaks: readonly Break[], options: KeysImportCommand, task: Task): Promise<void> {
  if (breaks.length === 0 || options.force) return;
  for (const { profile, because, servedAs } of breaks) {
    task.warn(
      `"${profile}" ${because}: other tools will find none there${servedAs ? `, but under ${servedAs}` : ""}`,
    );
  }
  const many = breaks.length === 1 ? "1 profile of" : `${breaks.length} profiles of`;
  const agreed = await task.machine.people.confirm(
    "Import all the same? Then aws-as init --adopt serves them under the same names.",
  );
  if (agreed.kind === "answer" && agreed.value) return;
  const names = breaks.map(({ profile }) => profile).join(", ");
  const again = `aws-as keys import ${options.identity ?? "--all"}`;
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

async function takeOut(keys: readonly PlainKey[], breaks: readonly Break[], task: Task): Promise<void> {
  if (keys.length === 0) return;
  const documents = await readDocuments(task);
  for (const file of ["credentials", "config"] as const) {
    // A file without these lines need not even be one: AWS_SHARED_CREDENTIALS_FILE=/dev/null is common.
    if (keys.reduce(withoutKey, documents[file]) === documents[file]) continue;
    await editAwsFile(file, task.machine, (document) => keys.reduce(withoutKey, document));
  }
  for (const { profile, at } of keys) task.say(`took the key of "${profile}" out of ${at}`);
  const served = stanzas(await readConfig(task.machine));
  const lost = [...keys, ...breaks]
    .map(({ profile }) => ({ profile, by: served.filter(({ identity }) => identity === profile) }))
    .filter(({ by }) => !by.some(({ adopted }) => adopted));
  if (lost.length > 0) {
    const shown = lost.map(
      ({ profile, by: [stanza] }) => `"${profile}"${stanza ? `, but under ${stanza.profile}` : ""}`,
    );
    const names = lost.map(({ profile }) => profile).join(" ");
    task.say(
      `other tools find no credentials any more under ${shown.join(", nor under ")}; to serve them under the same names: aws-as init --adopt ${names}`,
    );
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
