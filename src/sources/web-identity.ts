import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { AwsError } from "../aws/aws-error.ts";
import type { Root } from "../config/resolve/identity.ts";
import { failureReason } from "../system/failure-reason.ts";
import { isWord } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceCredentials, SourceHost, SourceRequest } from "./source.ts";

type WebIdentityRoot = Extract<Root, { kind: "web-identity" }>;

/** Characters that STS takes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const longestToken = 20_000;

/**
 * Credentials of a role that a token in a file stands for. The file is read each time: its owner
 * replaces the token long before it expires. Only the profile counts, not AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and
 * AWS_ROLE_SESSION_NAME, which speak of whatever runs here and not of the profile.
 *
 * @throws UserError about the file, never showing what is in it; AwsError
 */
export async function getFromWebIdentity(
  root: WebIdentityRoot,
  { endpoint, roleSessionName }: SourceRequest,
  { aws, home }: SourceHost,
): Promise<SourceCredentials> {
  const { roleArn, durationSeconds } = root;
  const token = tokenIn(root, home);
  try {
    return await aws.assumeRoleWithWebIdentity(endpoint, {
      token,
      roleArn,
      roleSessionName: root.sessionName ?? roleSessionName,
      durationSeconds,
    });
  } catch (error) {
    throw error instanceof AwsError ? inWords(error, root, token) : error;
  }
}

function tokenIn(root: WebIdentityRoot, home: string): Secret {
  const { profile, tokenFile, position } = root;
  const path = pathOf(tokenFile, home);
  const isRelative = path === resolve(tokenFile) && !isAbsolute(tokenFile);
  const shown = isRelative ? `${tokenFile} (${path})` : tokenFile;
  const wrong = (what: string, hints: readonly string[] = []) =>
    new UserError(
      `the web identity token of profile "${profile}" ${what}: ${shown} (${position.file}:${position.line})`,
      { hints },
    );
  let text: string | undefined;
  try {
    text = readToken(path);
  } catch (error) {
    throw wrong(`cannot be read, ${failureReason(error)}`, isRelative ? relativeHints : []);
  }
  if (text === undefined) throw wrong("is in no regular file, or in one that is far too large");
  // Written by `echo` or an editor, it ends in a line end that is none of its own.
  const token = text.trim();
  if (token === "") throw wrong("is missing, its file is empty");
  if (token.length > longestToken)
    throw wrong(`is longer than the ${longestToken} characters that AWS takes`);
  if (!isWord(token)) throw wrong("is none, there is more than one word in its file");
  return new Secret(token);
}

const relativeHints = ["a relative path counts from the folder that the call is made in; write a full one"];

/** As every AWS client takes it: relative to the current folder. `~` is the home folder, as in other settings of aws-as. */
function pathOf(file: string, home: string): string {
  return file === "~" || file.startsWith("~/") || file.startsWith("~\\")
    ? join(home, file.slice(1))
    : resolve(file);
}

/** Undefined for what is no file or cannot be a token by its size. A pipe without a writer is not waited for. */
function readToken(path: string): string | undefined {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const about = fstatSync(file);
    if (about.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    return about.isFile() && about.size <= 4 * longestToken ? readFileSync(file, "utf8") : undefined;
  } finally {
    closeSync(file);
  }
}

/** What STS's refusals mean. */
function inWords(
  error: AwsError,
  { profile, tokenFile, roleArn, position }: WebIdentityRoot,
  token: Secret,
): AwsError {
  const where = `${tokenFile} (${position.file}:${position.line})`;
  const details = (...hints: string[]) => ({
    hints: [...hints, ...error.hints],
    cause: error.cause ?? error,
  });
  switch (error.kind) {
    case "expired-credentials": {
      const end = endOf(token);
      const when = end === undefined ? "" : ` at ${new Date(end).toISOString().slice(0, 19)}Z`;
      return new AwsError(
        error.kind,
        `the web identity token of profile "${profile}" has expired${when}: ${where}`,
        details("get a new token from where it comes; it is read at each call"),
      );
    }
    case "invalid-credentials":
      return new AwsError(
        error.kind,
        `AWS does not take the web identity token of profile "${profile}", ${where}: ${reasonIn(error)}`,
        details(),
      );
    case "access-denied":
      return new AwsError(
        error.kind,
        `AWS does not let the web identity token of profile "${profile}" act as ${roleArn}: ${reasonIn(error)}`,
        details("the role's trust policy names the provider, the audience and the subject that it takes"),
      );
    default:
      return error;
  }
}

/** AWS's own words, which follow the first colon in our message about a call. */
function reasonIn({ message }: AwsError): string {
  return /^AWS (?:denied|does not take) .*?: (.*)$/s.exec(message)?.[1] ?? message;
}

/** When the token says that it ends, in milliseconds since 1970. Nothing of it is believed but for this message. */
function endOf(token: Secret): number | undefined {
  try {
    const payload = Buffer.from(token.reveal().split(".")[1] ?? "", "base64url").toString("utf8");
    const { exp } = JSON.parse(payload) as { exp?: unknown };
    return typeof exp === "number" && exp > 0 && exp < 1e11 ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
