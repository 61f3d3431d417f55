import { isAbsolute, join } from "node:path";
import type { Document } from "../../config/files/document.ts";
import { addSection } from "../../config/files/edit.ts";
import { sectionName } from "../../config/files/lines.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { readRoleArn } from "../../config/resolve/role-arn.ts";
import { askForKey, requireAnswer } from "../../keys/ask-for-key.ts";
import { checkKey } from "../../keys/check-key.ts";
import { readKey } from "../../keys/read-key.ts";
import { keepKey, pointToKey } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile } from "../../machine/open.ts";
import type { Judge } from "../../prompt/prompt.ts";
import type { LongTermKey } from "../../session/long-term-key.ts";
import { storeNames } from "../../store/secret-store.ts";
import { UserError } from "../../system/user-error.ts";

/** The answers of somebody who has nothing yet, as far as options give them. */
export interface Answers {
  /** The profile's name; without it, the IAM user's. */
  readonly user?: string | undefined;
  /** A file with the access key; `-`: standard input. */
  readonly key?: string | undefined;
  readonly region?: string | undefined;
  /** A role's ARN; empty: none. */
  readonly role?: string | undefined;
}

/** How to give every answer without a person. */
const withoutAsking = ["aws-as init --key accessKeys.csv --region eu-central-1 --role ARN"];

/** Whether init begins from nothing: it is told to, or no file has an identity and a person can be asked. */
export function beginsFromNothing(
  answers: Answers & { isPlain: boolean },
  { config, machine }: Task,
): boolean {
  const { user, key, region, role, isPlain } = answers;
  const isTold = [user, key, region, role].some((answer) => answer !== undefined);
  if (isTold && !isPlain) {
    throw new UserError(
      "--user, --key, --region and --role begin from nothing: without names, --remove and --dry-run",
      {
        exitCode: 2,
      },
    );
  }
  return isTold || (isPlain && identityNames(config).length === 0 && machine.terminal() !== "");
}

/**
 * From nothing to a user with a key in the store, and a role where there is one: profiles that init then has served. All
 * that is to be known is asked for and tried with AWS before the first thing is written.
 *
 * @returns the names of the profiles, the one to try first
 */
export async function begin(answers: Answers, task: Task): Promise<readonly string[]> {
  const { machine, say } = task;
  if (answers.key === undefined)
    say("this asks for an access key, a region and a role; nothing is written before the last answer");
  const key = answers.key === undefined ? await keyOfPerson(task) : await keyOfFile(answers.key, task);
  const region = await regionOf(answers, task);
  const here = { ...machine, env: { ...machine.env, AWS_REGION: region, AWS_DEFAULT_REGION: undefined } };
  const { caller, createdAt } = await checkKey(key, "", { ...task, machine: here }, { mayBeNew: true });
  say(`AWS knows the key: ${caller.arn}`);
  const user = freeName(answers.user ?? nameIn(caller.arn), task);
  const role = await roleOf(answers, task);
  const roleName = role === undefined ? undefined : freeName(roleProfile(role, user), task);

  await keepKey(key, { profile: user, addedAt: machine.clock.now(), createdAt }, task);
  say(`stored the key (…${key.accessKeyId.slice(-4)}) in the ${storeNames[task.store.kind]}`);
  await editAwsFile("config", machine, (document) =>
    pointToKey(withProfiles(document, { user, region, role, roleName }), user, key.accessKeyId),
  );
  if (answers.key !== undefined && answers.key !== "-")
    task.warn(`${answers.key} holds the key in plain text: delete it`);
  return [...(roleName === undefined ? [] : [roleName]), user];
}

/** The config file with the profiles of the user and the role. Pure. */
function withProfiles(
  document: Document,
  profiles: { user: string; region: string; role: string | undefined; roleName: string | undefined },
): Document {
  const { user, region, role, roleName } = profiles;
  const type = "profile";
  const withUser = addSection(document, { type, name: user, properties: [["region", region]] });
  if (role === undefined || roleName === undefined) return withUser;
  const properties = [
    ["role_arn", role],
    ["source_profile", user],
    ["region", region],
  ] as const;
  return addSection(withUser, { type, name: roleName, properties });
}

async function keyOfPerson(task: Task): Promise<LongTermKey> {
  const accept = () => undefined;
  return askForKey({ of: "of your IAM user", accept, otherwise: withoutAsking }, task);
}

async function keyOfFile(path: string, { machine }: Task): Promise<LongTermKey> {
  if (path === "-") return readKey(await machine.readInput(), "standard input");
  const bytes = await machine.readFile(isAbsolute(path) ? path : join(machine.folder(), path));
  if (bytes === undefined) throw new UserError(`there is no file ${path}`, { exitCode: 2 });
  return readKey(bytes.toString("utf8"), path);
}

function regionOf({ region }: Answers, task: Task): Promise<string> {
  const judge = (line: string) => {
    const word = line.trim();
    return /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(word)
      ? { answer: word }
      : { complaint: "a region looks like eu-central-1" };
  };
  return answered(region, "region", { question: "Region, such as eu-central-1:", judge }, task);
}

async function roleOf({ role, key }: Answers, task: Task): Promise<string | undefined> {
  const judge = (line: string) => {
    const word = line.trim();
    return word === "" || readRoleArn(word) !== undefined
      ? { answer: word }
      : { complaint: "the ARN of a role looks like arn:aws:iam::111111111111:role/my-role" };
  };
  // A script that gives a key has said all.
  if (role === undefined && key !== undefined) return undefined;
  const question = "ARN of a role to act as (empty: none yet):";
  return (await answered(role, "role", { question, judge }, task)) || undefined;
}

/** What an option gives, or else the person, judged alike. */
async function answered(
  given: string | undefined,
  what: string,
  { question, judge }: { readonly question: string; readonly judge: Judge<string> },
  { machine }: Task,
): Promise<string> {
  if (given === undefined) return requireAnswer(await machine.people.line(question, judge), withoutAsking);
  const judged = judge(given);
  if ("answer" in judged) return judged.answer;
  throw new UserError(`"${given}" is no ${what}: ${judged.complaint}`, { exitCode: 2 });
}

/** `arn:aws:iam::111111111111:user/team/jane` → `jane`; with what no client reads in a profile's name replaced. */
function nameIn(arn: string): string {
  const name = arn.replace(/^.*[:/]/, "").replace(/[^A-Za-z0-9_.@:/+%-]/g, "-");
  return sectionName.test(name) ? name : "me";
}

function roleProfile(arn: string, user: string): string {
  const name = nameIn(arn);
  return name === user ? `${name}-role` : name;
}

function freeName(name: string, { config }: Task): string {
  if (!sectionName.test(name)) {
    throw new UserError(`"${name}" cannot be the name of a profile: not every AWS client reads it`, {
      exitCode: 2,
    });
  }
  if (!config.profiles.has(name) && !config.ours.has(name)) return name;
  throw new UserError(`there is a profile "${name}" already`, {
    hints: [`to give it a key: aws-as keys add ${name}`, "another name: aws-as init --user NAME"],
  });
}
