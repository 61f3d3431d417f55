import { isAbsolute } from "node:path";
import { expandHome } from "../config/aws-config.ts";
import type { Limit } from "../config/resolve/identity.ts";
import { policyDocument } from "../config/resolve/links.ts";
import { quote } from "../config/shown.ts";
import type { Machine } from "../machine/machine.ts";
import { readyPolicies } from "../session/limits.ts";
import { failureReason } from "../system/failure-reason.ts";
import { UserError } from "../system/user-error.ts";

/**
 * The limit with its policy as a document, without white space. A ready policy stays a name.
 *
 * @throws UserError for a file that cannot be read, and for what AWS would refuse
 */
export async function withPolicyRead(
  limit: Limit,
  { readFile, home }: Pick<Machine, "readFile" | "home">,
): Promise<Limit> {
  const { policy: said, profile, position: at } = limit;
  if (said === undefined || Object.hasOwn(readyPolicies, said)) return limit;
  const isInline = said.startsWith("{");
  const what = isInline ? `the policy of profile ${quote(profile)}` : `the policy ${quote(said)}`;
  const wrong = (why: string, hints: readonly string[] = []) =>
    new UserError(`${what} ${why}`, { at, hints });
  const path = expandHome(said, home);
  if (!isInline && !isAbsolute(path)) {
    const known = Object.keys(readyPolicies).join(", ");
    throw wrong(`is neither a document in JSON, nor a whole path, nor a ready policy (${known})`);
  }
  const read = async () => {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw wrong(`cannot be read: ${failureReason(error)}`);
    });
    if (bytes === undefined) throw wrong("is not there");
    return bytes.toString("utf8").replace(/^\ufeff/, "");
  };
  const text = isInline ? said : await read();
  return { ...limit, policy: policyDocument(text, wrong) };
}
