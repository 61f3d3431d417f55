import { configFiles, tildePath, usedSections } from "../../config/aws-config.ts";
import { type Document, parseDocument } from "../../config/files/document.ts";
import { removeProperty } from "../../config/files/edit.ts";
import type { Task } from "../../machine/task.ts";
import { UserError } from "../../system/user-error.ts";
import type { PlainKey } from "./plain-keys.ts";

/** Both AWS files as they are now. */
export async function readDocuments({ machine }: Task): Promise<{ config: Document; credentials: Document }> {
  const files = configFiles(machine.env, machine.home);
  const read = async (kind: "config" | "credentials") =>
    parseDocument(
      (await machine.readFile(files[kind])) ?? Buffer.alloc(0),
      tildePath(files[kind], machine.home),
      kind,
    );
  return { config: await read("config"), credentials: await read("credentials") };
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
