import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import {
  type CredentialKind,
  credentialKind,
  effectiveProfile,
} from "../../config/resolve/effective-profile.ts";
import { askForKey } from "../../keys/ask-for-key.ts";
import { checkKey } from "../../keys/check-key.ts";
import { readKey } from "../../keys/read-key.ts";
import { dropKey, keepKey, keyOfProfile, pointToKey } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile } from "../../machine/open.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";
import { type Documents, plainKeyOf, readDocuments } from "./plain-keys.ts";
import { withKeys } from "./with-keys.ts";

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
  const withFile = (...options: string[]) =>
    `aws-as keys add ${[profile, ...options].join(" ")} --stdin < FILE`;
  const accept = (accessKeyId: string) => {
    if (before === undefined || before === accessKeyId || replace) return;
    throw new UserError(`"${profile}" has another key in the store (…${before.slice(-4)})`, {
      hints: [
        `to put the new one in its place: ${stdin ? withFile("--replace") : `aws-as keys add ${profile} --replace`}`,
        `to have AWS make a new one: aws-as keys rotate ${profile}`,
      ],
    });
  };
  const key = stdin
    ? readKey(await task.machine.readInput(), "standard input")
    : await askForKey(
        { of: `of ${profile}`, accept, otherwise: [withFile(...(replace ? ["--replace"] : []))] },
        task,
      );
  accept(key.accessKeyId);
  const { caller, createdAt } = await checkKey(key, profile, task, { mayBeNew: true });
  const addedAt = task.machine.clock.now();
  await keepKey(key, { profile, addedAt, createdAt }, task);
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
