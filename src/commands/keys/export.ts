import { Command, Option } from "clipanion";
import { AwsAsCommand } from "../../cli/base-command.ts";
import type { Document } from "../../config/files/document.ts";
import { addSection, setProperty } from "../../config/files/edit.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import { guardOf } from "../../config/resolve/resolve.ts";
import { noteHandOut } from "../../credentials/act-as.ts";
import { checkHandOut } from "../../credentials/may-hand-out.ts";
import { dropKey, keyOfProfile, removePointer } from "../../keys/stored-keys.ts";
import type { Task } from "../../machine/machine.ts";
import { editAwsFile } from "../../machine/open.ts";
import { type LongTermKey, openKey } from "../../session/long-term-key.ts";
import { UserError } from "../../system/user-error.ts";
import { plainKeyOf, readDocuments, sessionTokenOf } from "./plain-keys.ts";
import { agree, withKeys } from "./with-keys.ts";

export class KeysExportCommand extends AwsAsCommand {
  static override paths = [["keys", "export"]];
  static override usage = Command.Usage({
    details: "The way back from `keys import`. Any program of yours, and any backup, can read the key there.",
  });

  identity = Option.String({ name: "identity" });
  keep = Option.Boolean("--keep", false, { description: "leave it in the store as well" });
  yes = Option.Boolean("--yes", false, { description: "without asking" });

  protected override perform(): Promise<string> {
    return withKeys(this.context, (task) => exportKey(this, task));
  }
}

/** Puts a key back into the credentials file, in plain text, and takes it out of the store. */
async function exportKey({ identity: profile, yes, keep }: KeysExportCommand, task: Task): Promise<void> {
  const accessKeyId = keyOfProfile(task.config, profile);
  const { credentials } = task.config.files;
  if (accessKeyId === undefined) {
    throw new UserError(`there is no key of "${profile}" in the store`, {
      hints: ["see them all: aws-as keys list"],
    });
  }
  const documents = await readDocuments(task);
  const token = sessionTokenOf(profile, documents);
  if (token !== undefined) {
    throw new UserError(
      `a session token of "${profile}" stands in ${token}, with which nothing could use the key`,
      {
        hints: ["remove that line (aws_session_token) first"],
      },
    );
  }
  const there = plainKeyOf(profile, documents);
  if (there !== undefined && !("accessKeyId" in there && there.accessKeyId === accessKeyId)) {
    const where = "at" in there ? there.at : there.because;
    throw new UserError(`"${profile}" has another key in plain text: ${where}`, {
      hints: ["remove those lines first, if that key is not wanted"],
    });
  }
  const { config, machine } = task;
  const own = effectiveProfile(config, profile);
  // --yes answers for the file, and not for who may have the key.
  const guarded = guardOf(config, own === undefined ? [] : [own]);
  if (guarded.guard) {
    const identity = { name: profile, ...guarded };
    await checkHandOut(identity, { way: "export", unattended: false }, { config, machine });
  }
  if (!yes) {
    const question = `Write the secret key of "${profile}" in plain text to ${credentials}?`;
    await agree(question, `aws-as keys export ${profile} --yes`, "nothing was written", task);
  }
  const { position } = task.config.ours.get(profile) ?? { position: { file: "", line: 0 } };
  const key = await openKey({ kind: "stored-keys", profile, accessKeyId, position }, task.store);
  const handedOut = {
    way: "export",
    identity: profile,
    outcome: "cached",
    session: { credentials: key },
  } as const;
  await noteHandOut(config, handedOut, machine);
  await editAwsFile("credentials", machine, (document) => withKey(document, profile, key));
  task.say(`wrote the key of "${profile}" (…${accessKeyId.slice(-4)}) to ${credentials}, in plain text`);
  if (keep) return;
  // The file counts before the store, so that at every moment there is a key.
  await editAwsFile("config", task.machine, (document) => removePointer(document, profile));
  task.say(await dropKey(accessKeyId, profile, task));
}

function withKey(document: Document, profile: string, key: LongTermKey): Document {
  const section = { type: "profile", name: profile } as const;
  const properties = [
    ["aws_access_key_id", key.accessKeyId],
    ["aws_secret_access_key", key.secretAccessKey.reveal()],
  ] as const;
  const isThere = document.sections.some(({ type, name }) => type === "profile" && name === profile);
  if (!isThere) return addSection(document, { ...section, properties });
  return properties.reduce((edited, [name, value]) => setProperty(edited, section, name, value), document);
}
