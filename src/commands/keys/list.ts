import { Command, Option } from "clipanion";
import { AwsAsCommand, taskOf } from "../../cli/base-command.ts";
import { onScreen } from "../../cli/screen.ts";
import type { AwsConfig } from "../../config/aws-config.ts";
import { keyOfProfile, profilesOfKey } from "../../keys/stored-keys.ts";
import { keyIdOfItem } from "../../session/long-term-key.ts";
import { type SecretStore, type StoredItem, storeNames } from "../../store/secret-store.ts";
import { timestamp } from "../../system/clock.ts";
import { printable } from "../../system/printable.ts";
import { type Documents, plainKeyOf, profilesWithKeys, readDocuments } from "./plain-keys.ts";

export class KeysListCommand extends AwsAsCommand {
  static override paths = [["keys", "list"]];
  static override usage = Command.Usage({
    details: `
      Shows the last four characters of ids, and never a secret: none is read, and nobody is asked.
      The JSON is a list of \`profile\` (null: no profile names it), \`key\`, \`where\` (keychain, file, pass, plain text,
      missing), \`at\`, \`created\` and \`added\` (times, null where unknown), \`days\` (its age, null where unknown), \`remark\`.
    `,
  });

  json = Option.Boolean("--json", false, { description: "print JSON, for programs" });

  protected override async perform(): Promise<string> {
    const task = await taskOf(this.context);
    const items = await task.store.list();
    const entries = inventory(task.config, await readDocuments(task), { kind: task.store.kind, items });
    const now = task.machine.clock.now();
    if (this.json) return `${JSON.stringify(entries.map((entry) => inJson(entry, now)))}\n`;
    if (entries.length === 0)
      task.say("there is no long-term key; to put one into the store: aws-as keys add NAME");
    return onScreen(entries.map((entry) => `${printable(inWords(entry, now))}\n`).join(""), this.context);
  }
}

const day = 86_400_000;

function days(since: number | null, now: number): number | null {
  return since === null ? null : Math.max(0, Math.floor((now - since) / day));
}

function inWords(entry: KeyEntry, now: number): string {
  const { profile, key, where, at, createdAt, addedAt, remark } = entry;
  const age = days(createdAt, now);
  const here = days(addedAt, now);
  const parts = [
    key === null ? "no key" : `…${key}`,
    where === "plain text" || where === "missing" ? where : `in the ${storeNames[where]}`,
    ...(at === null ? [] : [at]),
    ...(age === null ? [] : [`${age} days old`]),
    ...(age === null && here !== null ? [`here for ${here} days`] : []),
    ...(remark === null ? [] : [remark]),
  ];
  return `${profile ?? "(no profile)"}: ${parts.join(", ")}`;
}

function inJson({ profile, key, where, at, createdAt, addedAt, remark }: KeyEntry, now: number) {
  const time = (at: number | null) => (at === null ? null : timestamp(at));
  return {
    profile,
    key,
    where,
    at,
    created: time(createdAt),
    added: time(addedAt),
    days: days(createdAt, now),
    remark,
  };
}

/** A long-term key, and where it is. Never its secret. */
interface KeyEntry {
  /** null: no profile names it. */
  readonly profile: string | null;
  /** The last four characters of the id; null where the lines are no key. */
  readonly key: string | null;
  /** `file`: in plain text. `missing`: named, and not in the store. */
  readonly where: SecretStore["kind"] | "plain text" | "missing";
  /** The line that names it, `file:line`. */
  readonly at: string | null;
  /** Milliseconds since 1970 when it was made, if that is known, and when it came into the store. */
  readonly createdAt: number | null;
  readonly addedAt: number | null;
  /** What a person should know of it. */
  readonly remark: string | null;
}

/** Every long-term key that is known here: in the store, in plain text, and named without being anywhere. Pure. */
export function inventory(
  config: AwsConfig,
  documents: Documents,
  store: { readonly kind: SecretStore["kind"]; readonly items: readonly StoredItem[] },
): KeyEntry[] {
  const items = new Map(
    store.items.flatMap((item) => {
      const id = keyIdOfItem(item.name);
      return id === undefined ? [] : [[id, item] as const];
    }),
  );
  const plain = profilesWithKeys(documents);
  const named = [...config.ours.keys()].filter((profile) => keyOfProfile(config, profile) !== undefined);
  return [
    ...plain.flatMap((profile) => plainEntry(profile, documents)),
    ...named.map((profile) => namedEntry(profile, config, items, store.kind, plain)),
    ...[...items].flatMap(([id, item]) =>
      profilesOfKey(config, id).length > 0 ? [] : [orphanEntry(id, item, store.kind)],
    ),
  ];
}

function plainEntry(profile: string, documents: Documents): KeyEntry[] {
  const found = plainKeyOf(profile, documents);
  if (found === undefined) return [];
  const nothing = { profile, createdAt: null, addedAt: null } as const;
  if ("because" in found) {
    return [{ ...nothing, key: null, where: "plain text", at: null, remark: found.because }];
  }
  const remark = `aws-as keys import ${profile}`;
  return [{ ...nothing, key: found.accessKeyId.slice(-4), where: "plain text", at: found.at, remark }];
}

function namedEntry(
  profile: string,
  config: AwsConfig,
  items: ReadonlyMap<string, StoredItem>,
  kind: SecretStore["kind"],
  plain: readonly string[],
): KeyEntry {
  const property = config.ours.get(profile)?.properties.get("access_key_id");
  const item = items.get(property?.value ?? "");
  const remark =
    item === undefined
      ? `the store does not have it: aws-as keys add ${profile}`
      : plain.includes(profile)
        ? "not used: the lines in plain text count first"
        : null;
  return {
    profile,
    key: property?.value.slice(-4) ?? null,
    where: item === undefined ? "missing" : kind,
    at: property === undefined ? null : `${property.position.file}:${property.position.line}`,
    createdAt: item?.createdAt ?? null,
    addedAt: item?.addedAt ?? null,
    remark,
  };
}

function orphanEntry(id: string, item: StoredItem, kind: SecretStore["kind"]): KeyEntry {
  return {
    profile: null,
    key: id.slice(-4),
    where: kind,
    at: null,
    createdAt: item.createdAt ?? null,
    addedAt: item.addedAt ?? null,
    remark: `no profile names it (${item.label}): aws-as keys remove ${id.slice(-4)}`,
  };
}
