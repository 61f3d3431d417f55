import type { AwsConfig } from "../../config/aws-config.ts";
import { keyIdOfItem } from "../../session/long-term-key.ts";
import type { SecretStore, StoredItem } from "../../store/secret-store.ts";
import { type Documents, plainKeyOf, profilesWithKeys } from "./plain-keys.ts";
import { keyOfProfile, profilesOfKey } from "./sections.ts";

/** A long-term key, and where it is. Never its secret. */
export interface KeyEntry {
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
