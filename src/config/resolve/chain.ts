import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { at, quote } from "../shown.ts";
import {
  credentialKind,
  type EffectiveProfile,
  effectiveProfile,
  keysOf,
  profileNames,
} from "./effective-profile.ts";
import type { MetadataSettings, Position, Property, RoleHop, Root } from "./identity.ts";
import { roleHop, rootOf } from "./links.ts";
import { stanzaIdentity } from "./stanza.ts";
import { suggest } from "./suggest.ts";

/** From a profile down to its root. */
export interface Chain {
  /** The profile itself; for a generated one, the profile that it stands for. */
  readonly profile: EffectiveProfile;
  readonly root: Root;
  /** The role that is assumed first comes first. */
  readonly hops: readonly RoleHop[];
}

/** The profiles passed so far, each with the place of the property that leads to the next. */
type Trail = Map<string, Position>;

/**
 * Follows a profile to its root by rules 19 to 26 of docs/config-grammar.md.
 *
 * @throws UserError where a link is missing or the profiles form a circle
 */
export function followChain(
  config: AwsConfig,
  profile: EffectiveProfile,
  reached: "asked" | "source" = "asked",
): Chain {
  const trail: Trail = new Map();
  const hops: RoleHop[] = [];
  let meant: EffectiveProfile | undefined;
  let here = profile;
  let how = reached;
  for (;;) {
    if (trail.has(here.name)) throw loop(trail, here.name);
    const kind = credentialKind(here, config.files.credentials, how);
    if (kind === "alias") {
      const { profile: next, position } = aliasTarget(config, here);
      trail.set(here.name, position);
      here = next;
      // A generated profile is a request for that identity itself, so rule 20 applies to it and not rule 21.
      how = "asked";
      continue;
    }
    meant ??= here;
    if (kind !== "role") return { profile: meant, root: rootOf(config, here, kind), hops: hops.reverse() };
    hops.push(roleHop(here));
    const source = roleSource(config, here);
    if ("root" in source) return { profile: meant, root: source.root, hops: hops.reverse() };
    trail.set(here.name, source.position);
    here = source.profile;
    how = "source";
  }
}

/** The next profile, and the place of the property that names it. */
interface Step {
  readonly profile: EffectiveProfile;
  readonly position: Position;
}

function aliasTarget(config: AwsConfig, profile: EffectiveProfile): Step {
  const command = profile.get("credential_process") as Property;
  const target = stanzaIdentity(command.value) ?? "";
  const found = effectiveProfile(config, target) ?? missing(config, profile, command, target, "stands for");
  return { profile: found, position: command.position };
}

/** The source of the profile's role: exactly one of three (rule 19). */
function roleSource(config: AwsConfig, profile: EffectiveProfile): Step | { readonly root: Root } {
  const role = profile.get("role_arn") as Property;
  const source = profile.get("source_profile");
  const named = profile.get("credential_source");
  const said = ["source_profile", "credential_source", "web_identity_token_file"].filter((name) =>
    profile.get(name),
  );
  if (said.length > 1) {
    throw new UserError(`profile ${quote(profile.name)} has ${said.join(" and ")}; a role has one source`, {
      at: role.position,
    });
  }
  if (named !== undefined) return { root: credentialSource(profile, named) };
  if (source === undefined) {
    throw new UserError(
      `profile ${quote(profile.name)} has role_arn, but no source_profile, ` +
        "credential_source or web_identity_token_file",
      { at: role.position },
    );
  }
  if (source.value === profile.name) return { root: ownKeys(config, profile, source) };
  const next =
    effectiveProfile(config, source.value) ?? missing(config, profile, source, source.value, "names");
  return { profile: next, position: source.position };
}

/** Rule 20: a profile that names itself is assumed with its own static keys. */
function ownKeys(config: AwsConfig, profile: EffectiveProfile, source: Property): Root {
  const keys = keysOf(profile, config.files.credentials);
  if (keys !== undefined) return rootOf(config, profile, keys);
  throw new UserError(`profile ${quote(profile.name)} names itself as source_profile, but holds no keys`, {
    at: source.position,
    hints: [`give it a long-term key: aws-as keys add ${profile.name}`],
  });
}

const credentialSources = ["Environment", "EcsContainer", "Ec2InstanceMetadata"] as const;

function credentialSource(profile: EffectiveProfile, property: Property): Root {
  const source = credentialSources.find((name) => name.toLowerCase() === property.value.toLowerCase());
  if (source !== undefined) {
    const metadata = source === "Ec2InstanceMetadata" ? { metadata: metadataSettings(profile) } : {};
    return {
      kind: "credential-source",
      profile: profile.name,
      source,
      ...metadata,
      position: property.position,
    };
  }
  const who = `${at(property.position)}: profile ${quote(profile.name)}`;
  throw new UserError(`${who}: unknown credential_source ${quote(property.value)}`, {
    hints: [`known sources: ${credentialSources.join(", ")}`],
  });
}

function metadataSettings(profile: EffectiveProfile): MetadataSettings {
  const endpoint = profile.get("ec2_metadata_service_endpoint")?.value;
  const endpointMode = profile.get("ec2_metadata_service_endpoint_mode")?.value;
  const v1Disabled = profile.get("ec2_metadata_v1_disabled")?.value;
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(endpointMode !== undefined && { endpointMode }),
    ...(v1Disabled !== undefined && { v1Disabled }),
  };
}

function missing(
  config: AwsConfig,
  from: EffectiveProfile,
  property: Property,
  target: string,
  verb: "names" | "stands for",
): never {
  const as = verb === "names" ? " as source_profile" : "";
  const close = suggest(target, profileNames(config));
  throw new UserError(
    `profile ${quote(from.name)} ${verb} ${quote(target)}${as}, and there is no such profile`,
    {
      at: property.position,
      hints: close.length > 0 ? [`did you mean ${close.map(quote).join(" or ")}?`] : [],
    },
  );
}

function loop(trail: Trail, again: string): UserError {
  const all = [...trail];
  const round = all.slice(all.findIndex(([name]) => name === again));
  const steps = round.map(([name, position]) => `${quote(name)} (${at(position)})`);
  const first = round[0]?.[1] as Position;
  return new UserError(`profiles form a circle: ${[...steps, quote(again)].join(" -> ")}`, { at: first });
}
