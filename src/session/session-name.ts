import type { AccessKey, Aws } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { Notes } from "../system/files/notes.ts";
import { isKeyRoot, type Plan } from "./plan.ts";

/** The session name of roles that configure none. CloudTrail shows it, and a trust policy may demand a certain one. */
export interface SessionName {
  readonly name: string;
  readonly from: "IAM user" | "local user";
}

/**
 * The name of the IAM user whose key is at the root, as far as AWS has told it: a trust policy that demands a name mostly
 * demands `${aws:username}`. Else the local user's.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
 *
 * @param local a valid session name
 */
export async function defaultSessionName(
  { root, baseIdentity }: Plan,
  notes: Notes,
  local: string,
): Promise<SessionName> {
  const user = isKeyRoot(root) ? await recallUser(baseIdentity, notes) : undefined;
  // STS wants two characters, and IAM one.
  return user === undefined || user.length < 2
    ? { name: local, from: "local user" }
    : { name: user, from: "IAM user" };
}

/** The name of the IAM user that starts from a key; undefined as long as AWS has not told it. */
export async function recallUser(baseIdentity: string, notes: Notes): Promise<string | undefined> {
  const note = (await notes.read(noteOf(baseIdentity))) as { name?: unknown } | undefined;
  return typeof note?.name === "string" ? note.name : undefined;
}

/** Remembers it for good: a key belongs to one user. */
export function noteUser(baseIdentity: string, name: string, notes: Notes): Promise<void> {
  return notes.write(noteOf(baseIdentity), { name });
}

/** Asks AWS whose credentials these are, and remembers it; nothing where they are no user's or AWS does not answer. */
export async function learnUser(
  { rootEndpoint, baseIdentity }: Plan,
  key: AccessKey,
  { aws, notes }: { readonly aws: Aws; readonly notes: Notes },
): Promise<void> {
  try {
    const { arn } = await aws.getCallerIdentity(rootEndpoint, key);
    const name = /^arn:[^:]+:iam::\d+:user\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
    if (name !== undefined) await noteUser(baseIdentity, name, notes);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

function noteOf(baseIdentity: string): string {
  return `users/${baseIdentity}`;
}
