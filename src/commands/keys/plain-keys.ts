import { type AwsConfig, usedSections } from "../../config/aws-config.ts";
import type { Document } from "../../config/files/document.ts";
import { removeProperty } from "../../config/files/edit.ts";
import type { Property } from "../../config/resolve/identity.ts";
import { wrongId, wrongSecret } from "../../keys/read-key.ts";
import type { Task } from "../../machine/machine.ts";
import { readDocument } from "../../machine/open.ts";
import { stanzas } from "../../profiles/stanzas.ts";
import { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";

/** A long-term key that is in plain text. */
export interface PlainKey {
  readonly profile: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Where its id stands, `file:line`. */
  readonly at: string;
}

/** A profile whose keys cannot be taken, and why. */
interface PassedOver {
  readonly profile: string;
  readonly because: string;
}

/** Both files. The credentials file wins where both say something. */
export interface Documents {
  readonly config: Document;
  readonly credentials: Document;
}

interface Lines {
  readonly values: ReadonlyMap<string, string>;
  readonly at: string | undefined;
  /** Where the same file says something else for the second time, `file:line`. */
  readonly otherAt: string | undefined;
  /** Why nothing of it may be used. */
  readonly error: string | undefined;
}

const id = "aws_access_key_id";
const secret = "aws_secret_access_key";
const token = "aws_session_token";

/** The key of a profile in plain text, why it cannot be taken, or undefined where there is none. Pure. */
export function plainKeyOf(profile: string, documents: Documents): PlainKey | PassedOver | undefined {
  const credentials = linesOf(documents.credentials, profile);
  const config = linesOf(documents.config, profile);
  const error = credentials.error ?? config.error;
  const value = (name: string) => credentials.values.get(name) ?? config.values.get(name);
  const [accessKeyId, secretAccessKey] = [value(id), value(secret)];
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  // The line that cannot be read may be the other half of a secret.
  if (error !== undefined) return { profile, because: error };
  const at = credentials.at ?? config.at ?? "";
  const no = (because: string): PassedOver => ({ profile, because: `${at}: ${because}` });
  if (accessKeyId === undefined) return no(`${secret} without ${id}`);
  if (secretAccessKey === undefined) return no(`${id} without ${secret}`);
  const twice = credentials.otherAt ?? config.otherAt;
  if (twice !== undefined) {
    return no(`another key of the same profile stands in ${twice}; remove the one that is not wanted`);
  }
  if (value(token) !== undefined)
    return no("these are temporary credentials (aws_session_token), which end by themselves");
  const others = [config.values.get(id) ?? accessKeyId, config.values.get(secret) ?? secretAccessKey];
  if (others[0] !== accessKeyId || others[1] !== secretAccessKey) {
    return no(`another key of the same profile stands in ${config.at}; remove the one that is not wanted`);
  }
  const problem = wrongId(accessKeyId) ?? wrongSecret(secretAccessKey);
  if (problem !== undefined) return no(problem);
  return { profile, accessKeyId, secretAccessKey: new Secret(secretAccessKey), at };
}

function linesOf(document: Document, profile: string): Lines {
  const values = new Map<string, string>();
  let at: string | undefined;
  let otherAt: string | undefined;
  let error: string | undefined;
  for (const section of usedSections(document)) {
    if (section.type !== "profile" || section.name !== profile) continue;
    error ??= section.error?.message;
    for (const { name, value, line, used } of section.properties) {
      if (!used || value === "" || ![id, secret, token].includes(name)) continue;
      if (name !== token) {
        at ??= `${document.file}:${line}`;
        if ((values.get(name) ?? value) !== value) otherAt ??= `${document.file}:${line}`;
      }
      values.set(name, value);
    }
  }
  return { values, at, otherAt, error };
}

/** Where a profile has a session token, `file:line`. Beside a long-term key, it spoils it. Pure. */
export function sessionTokenOf(profile: string, { config, credentials }: Documents): string | undefined {
  const lines = [credentials, config].flatMap((document) =>
    propertiesOf(document, token)
      .filter((each) => each.profile === profile)
      .map(({ at }) => at),
  );
  return lines[0];
}

/** The first profile that has the id of a key in plain text, whole or not. Pure. */
export function holderOfId(
  accessKeyId: string,
  { config, credentials }: Documents,
): { readonly profile: string; readonly at: string } | undefined {
  return [credentials, config]
    .flatMap((document) => propertiesOf(document, id))
    .find(({ value }) => value === accessKeyId);
}

/** Every line of the profiles of a file that says something for this name. */
function propertiesOf(document: Document, wanted: string) {
  return usedSections(document)
    .filter(({ type }) => type === "profile")
    .flatMap(({ name: profile, properties }) =>
      properties
        .filter(({ name, value, used }) => used && name === wanted && value !== "")
        .map(({ value, line }) => ({ profile, value, at: `${document.file}:${line}` })),
    );
}

/** Every profile that has lines of a key in either file, in file order. */
export function profilesWithKeys({ config, credentials }: Documents): string[] {
  const found = [config, credentials].flatMap((document) =>
    usedSections(document)
      .filter(
        ({ type, properties }) =>
          type === "profile" && properties.some((each) => [id, secret].includes(each.name)),
      )
      .map(({ name }) => name),
  );
  return [...new Set(found)];
}

/** A profile of other tools that finds no credentials when the lines of a key go. */
export interface Break {
  readonly profile: string;
  readonly because: string;
  /** The stanza of ours that goes on serving it under another name. */
  readonly servedAs?: string;
}

/**
 * The profiles, beside those whose keys go, that other tools could no longer use under these names. Profiles that
 * aws-as itself serves by `credential_process` go on. Pure.
 */
export function breaksOf(going: readonly string[], config: AwsConfig): Break[] {
  const served = stanzas(config);
  const ours = new Set(served.map(({ profile }) => profile));
  return [...config.profiles.values()].flatMap(({ name, properties }) => {
    if (going.includes(name) || ours.has(name)) return [];
    const source = sourceAmong(name, going, config);
    const command = properties.get("credential_process");
    const named = command && going.find((each) => command.value.split(/[\s'"=]+/).includes(each));
    const because =
      source !== undefined
        ? `takes its credentials from "${source}"`
        : named && `runs a command that names "${named}" (${command.position.file}:${command.position.line})`;
    if (because === undefined) return [];
    const stanza = served.find(({ identity, adopted }) => identity === name && !adopted);
    return [{ profile: name, because, ...(stanza && { servedAs: stanza.profile }) }];
  });
}

/** The profile of the list that the source chain of a role ends at, as other tools follow it. */
function sourceAmong(name: string, going: readonly string[], config: AwsConfig): string | undefined {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    const said: ReadonlyMap<string, Property> | undefined = config.profiles.get(at)?.properties;
    if (!said?.get("role_arn")?.value) return undefined;
    const source: string | undefined = said.get("source_profile")?.value;
    if (source !== undefined && going.includes(source)) return source;
    at = source;
  }
  return undefined;
}

/** Both AWS files as they are now. */
export async function readDocuments({ machine }: Task): Promise<Documents> {
  return {
    config: await readDocument(machine, "config"),
    credentials: await readDocument(machine, "credentials"),
  };
}

/**
 * The file without the lines of a key, all else as it was; the same document where it has none.
 *
 * @throws UserError when the lines are of another key by now: somebody changed the file meanwhile
 */
export function withoutKey(document: Document, key: PlainKey): Document {
  const profile = { type: "profile", name: key.profile } as const;
  const isOf = new Map([
    ["aws_access_key_id", key.accessKeyId],
    ["aws_secret_access_key", key.secretAccessKey.reveal()],
  ]);
  let edited = document;
  for (const [property, value] of isOf) {
    const said = usedSections(document)
      .filter(({ type, name }) => type === profile.type && name === profile.name)
      .flatMap(({ properties }) => properties.filter(({ name, used }) => used && name === property));
    if (said.some((each) => each.value !== "" && each.value !== value)) {
      throw new UserError(`the key of "${key.profile}" in ${document.file} was changed meanwhile; it stays`, {
        hints: ["run the same command again"],
      });
    }
    if (said.length > 0) edited = removeProperty(edited, profile, property);
  }
  return edited;
}

/** Where a text still stands in either file, `file:line`: in a comment, or under another name. */
export async function placesOf(text: string, task: Task): Promise<string[]> {
  const documents = await readDocuments(task);
  return [documents.config, documents.credentials].flatMap((document) =>
    document.lines.flatMap((line, index) =>
      line.text.includes(text) ? [`${document.file}:${index + 1}`] : [],
    ),
  );
}
