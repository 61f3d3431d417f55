import { headerLine } from "../config/written-text.ts";
import type { LongTermKey } from "../session/long-term-key.ts";
import { storeNames } from "../store/secret-store.ts";
import { UserError } from "../system/user-error.ts";
import { answered } from "./answers.ts";
import { checkKey } from "./check-key.ts";
import { readDocuments } from "./documents.ts";
import { keepKey } from "./keep-key.ts";
import type { Place } from "./place.ts";
import { plainKeyOf } from "./plain-keys.ts";
import { readKey, wrongId, wrongSecret } from "./read-key.ts";
import { dropKey } from "./remove.ts";
import { keyOfProfile, pointToKey } from "./sections.ts";

export interface AddWish {
  readonly profile: string;
  readonly stdin: boolean;
  readonly replace: boolean;
}

/** Takes a key from the person or standard input, tries it with AWS, stores it, and names it in `[aws-as NAME]`. */
export async function addKey({ profile, stdin, replace }: AddWish, place: Place): Promise<void> {
  // Before anybody types a secret: a name that cannot be written, and a key that would not be used.
  headerLine({ type: "aws-as", name: profile }, "config");
  await refuseRival(profile, place);
  const before = keyOfProfile(place.config, profile);
  const key = stdin ? readKey(await place.machine.readInput()) : await askForKey(profile, place);
  if (before !== undefined && before !== key.accessKeyId && !replace) {
    throw new UserError(`"${profile}" has another key in the store (…${before.slice(-4)})`, {
      hints: [
        `to put the new one in its place: aws-as keys add ${profile} --replace`,
        `to have AWS make a new one: aws-as keys rotate ${profile}`,
      ],
    });
  }
  const { caller, createdAt } = await checkKey(key, profile, place);
  const addedAt = place.machine.clock.now();
  await keepKey(key, { profile, addedAt, ...(createdAt === undefined ? {} : { createdAt }) }, place.store);
  await place.edit("config", (document) => pointToKey(document, profile, key.accessKeyId));
  place.say(
    `stored the key of ${caller.arn} (…${key.accessKeyId.slice(-4)}) as "${profile}" in the ${storeNames[place.store.kind]}`,
  );
  if (before !== undefined && before !== key.accessKeyId) {
    await dropKey(before, profile, place);
    place.say(
      `removed the key that was there before (…${before.slice(-4)}) from the store; AWS knows it still`,
    );
  }
}

async function refuseRival(profile: string, place: Place): Promise<void> {
  const rival = plainKeyOf(profile, await readDocuments(place));
  if (rival === undefined) return;
  const where = "at" in rival ? rival.at : rival.because;
  throw new UserError(
    `"${profile}" has keys in plain text, which count before those of the store: ${where}`,
    {
      hints: [`to move them into the store: aws-as keys import ${profile}`],
    },
  );
}

async function askForKey(profile: string, { machine: { people } }: Place): Promise<LongTermKey> {
  const otherwise = [`aws-as keys add ${profile} --stdin < FILE`];
  const judge = (line: string) => {
    const problem = wrongId(line.trim());
    return problem === undefined ? { answer: line.trim() } : { complaint: problem };
  };
  const accessKeyId = answered(await people.line(`Access key id of ${profile}:`, judge), otherwise);
  const secretAccessKey = answered(await people.secret("Secret access key (not shown):"), otherwise);
  const problem = wrongSecret(secretAccessKey.reveal());
  if (problem !== undefined) throw new UserError(`this is no secret of a key: ${problem}`);
  return { accessKeyId, secretAccessKey };
}
