import { isAccessKeyId } from "../config/resolve/links.ts";
import type { LongTermKey } from "../session/long-term-key.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";

/** Why a text is no id of a long-term key; undefined when it may be one. Shows nothing of it: it may be the secret. */
export function wrongId(text: string): string | undefined {
  if (!isAccessKeyId(text)) return "an access key id is 16 or more capital letters and digits, such as AKIA…";
  if (text.startsWith("ASIA"))
    return "an id that begins with ASIA belongs to a session, not to a long-term key";
  return undefined;
}

/** Why a text is no secret of a key; undefined when it may be one. */
export function wrongSecret(text: string): string | undefined {
  if (/^[!-~]{16,256}$/.test(text)) return undefined;
  return "a secret access key is one word, of 40 characters as a rule";
}

/**
 * Finds the key in what programs write: the answer of `aws iam create-access-key` (JSON), the console's CSV file, lines of a
 * credentials file, or the id and the secret as two words. Pure.
 *
 * @param from where the text is from, for the error
 * @throws UserError that shows nothing of the text
 */
export function readKey(text: string, from: string): LongTermKey {
  const found = fromJson(text) ?? fromLines(text) ?? fromCsv(text) ?? fromWords(text);
  if (found === undefined) {
    throw new UserError(`${from} holds no access key`, {
      hints: [
        "it takes the JSON of `aws iam create-access-key`, the console's CSV file, lines of a credentials file, or id and secret on two lines",
      ],
    });
  }
  const [id, secret] = found;
  const problem = wrongId(id) ?? wrongSecret(secret);
  if (problem !== undefined) throw new UserError(`${from} holds no access key: ${problem}`);
  return { accessKeyId: id, secretAccessKey: new Secret(secret) };
}

type Pair = readonly [id: string, secret: string];

function pair(id: unknown, secret: unknown): Pair | undefined {
  return typeof id === "string" && typeof secret === "string" ? [id.trim(), secret.trim()] : undefined;
}

function fromJson(text: string): Pair | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const outer = (value ?? {}) as Record<string, unknown>;
  const key = (outer["AccessKey"] ?? outer) as Record<string, unknown>;
  return pair(key["AccessKeyId"], key["SecretAccessKey"]);
}

/** `name = value`, as in a credentials file, or as shells and their files have it. */
function fromLines(text: string): Pair | undefined {
  const value = (name: string) =>
    new RegExp(
      `^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*["']?([^\\s"']+)["']?[ \\t]*;?[ \\t]*$`,
      "im",
    ).exec(text)?.[1];
  return pair(value("aws_access_key_id"), value("aws_secret_access_key"));
}

/** The console's files have one line of names, with or without more columns, and one of values. */
function fromCsv(text: string): Pair | undefined {
  const [head = [], row = []] = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  const cell = (name: string) => row[head.findIndex((title) => title.toLowerCase() === name)];
  return pair(cell("access key id"), cell("secret access key"));
}

function fromWords(text: string): Pair | undefined {
  const words = text
    .replace(/^\ufeff/, "")
    .split(/\s+/)
    .filter((word) => word !== "");
  return words.length === 2 ? pair(words[0], words[1]) : undefined;
}
