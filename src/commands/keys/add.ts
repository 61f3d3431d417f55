import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import {
  type CredentialKind,
  credentialKind,
  effectiveProfile,
} from "../../config/resolve/effective-profile.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile } from "../../machine/open.ts";
import type { LongTermKey } from "../../session/long-term-key.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { checkKey } from "./check-key.ts";
import { type Documents, plainKeyOf, readDocuments } from "./plain-keys.ts";
import { readKey, wrongId, wrongSecret } from "./read-key.ts";
import { dropKey, keepKey, keyOfProfile, pointToKey } from "./stored-keys.ts";
import { requireAnswer, withKeys } from "./with-keys.ts";

export class KeysAddCommand extends AwsAsCommand {
  static override paths = [["keys", "add"]];
  static override usage = Command.Usage({
    details: `
      Asks for the id and the secret on the terminal; the secret is not shown. With \`--stdin\` reads them from standard
      input: the JSON of \`aws iam create-access-key\`, the CSV file of the console, lines of a credentials file, or id
      and secret as two words.

      The key is tried with AWS before it is kept. NAME need not be a profile yet.
    `,
    examples: [
      ["typed in", "$0 keys add my-user1"],
      ["from the console's file", "$0 keys add my-user1 --stdin < accessKeys.csv"],
      ["straight from IAM", "aws iam create-access-key | $0 keys add my-user1 --stdin"],
    ],
  });

  identity = Option.String({ name: "identity" });
  stdin = Option.Boolean("--stdin", false, { description: "read the key from standard input" });
  replace = Option.Boolean("--replace", false, { description: "in place of another key that is there" });

  protected override perform(): Promise<string> {
    return withKeys(this.context, (task) => addKey(this, task));
  }
}

/** Takes a key from the person or standard input, tries it with AWS, stores it, and names it in `[aws-as NAME]`. */
async function addKey({ identity: profile, stdin, replace }: KeysAddCommand, task: Task): Promise<void> {
  // Before anybody types a secret: a section that cannot be written, and a key that would not be used.
  const documents = await readDocuments(task);
  pointToKey(documents.config, profile, "AKIA");
  refuseRival(profile, documents);
  warnOfOtherSource(profile, task);
  const before = keyOfProfile(task.config, profile);
  const accept = (accessKeyId: string) => {
    if (before === undefined || before === accessKeyId || replace) return;
    throw new UserError(`"${profile}" has another key in the store (…${before.slice(-4)})`, {
      hints: [
        `to put the new one in its place: aws-as keys add ${profile} --replace`,
        `to have AWS make a new one: aws-as keys rotate ${profile}`,
      ],
    });
  };
  const key = stdin ? readKey(await task.machine.readInput()) : await askForKey(profile, accept, task);
  accept(key.accessKeyId);
  const { caller, createdAt } = await checkKey(key, profile, task, { mayBeNew: true });
  const addedAt = task.machine.clock.now();
  await keepKey(key, { profile, addedAt, createdAt }, task.store);
  await editAwsFile("config", task.machine, (document) => pointToKey(document, profile, key.accessKeyId));
  task.say(
    `stored the key of ${caller.arn} (…${key.accessKeyId.slice(-4)}) as "${profile}" in the ${storeNames[task.store.kind]}`,
  );
  if (before !== undefined && before !== key.accessKeyId) {
    task.say(`${await dropKey(before, profile, task)}; AWS knows it still`);
  }
}

function refuseRival(profile: string, documents: Documents): void {
  const rival = plainKeyOf(profile, documents);
  if (rival === undefined) return;
  const where = "at" in rival ? rival.at : rival.because;
  throw new UserError(
    `"${profile}" has keys in plain text, which count before those of the store: ${where}`,
    {
      hints: [`to move them into the store: aws-as keys import ${profile}`],
    },
  );
}

/** Where the profile's credentials come from, whatever key it has. */
const sources: Partial<Record<CredentialKind, string>> = {
  role: "is a role",
  "web-identity": "is a role with a web identity",
  sso: "signs in by IAM Identity Center",
};

/** A key of such a profile counts only where another one names it as its source. */
function warnOfOtherSource(profile: string, { config, warn }: Task): void {
  const effective = effectiveProfile(config, profile);
  if (effective === undefined || effective.get("source_profile")?.value === profile) return;
  const source = sources[credentialKind(effective, config.files.credentials, "asked")];
  if (source === undefined) return;
  warn(`"${profile}" ${source}: a key is used there only for profiles that name it as source_profile`);
}

/** @param accept throws for an id that is not wanted, before the secret is asked for */
async function askForKey(
  profile: string,
  accept: (accessKeyId: string) => void,
  { machine: { people } }: Task,
): Promise<LongTermKey> {
  const otherwise = [`aws-as keys add ${profile} --stdin < FILE`];
  const judge = (line: string) => {
    const problem = wrongId(line.trim());
    return problem === undefined ? { answer: line.trim() } : { complaint: problem };
  };
  const accessKeyId = requireAnswer(await people.line(`Access key id of ${profile}:`, judge), otherwise);
  accept(accessKeyId);
  const secretAccessKey = requireAnswer(await people.secret("Secret access key (not shown):"), otherwise);
  const problem = wrongSecret(secretAccessKey.reveal());
  if (problem !== undefined) throw new UserError(`this is no secret of a key: ${problem}`);
  return { accessKeyId, secretAccessKey };
}
