import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { at, quote } from "../shown.ts";
import {
  credentialKind,
  type EffectiveProfile,
  effectiveProfile,
  keysOf,
  limitedName,
  profileNames,
  readLimitedName,
} from "./effective-profile.ts";
import type {
  Guard,
  Identity,
  Limit,
  MetadataSettings,
  Position,
  Property,
  RoleHop,
  Root,
} from "./identity.ts";
import { identityProperties } from "./identity-properties.ts";
import { limitOf, roleHop, rootOf } from "./links.ts";
import { isRole, isRoleElsewhere, partitionOf, type RoleReference } from "./role-arn.ts";
import { roleOfName } from "./short-names.ts";
import { stanzaIdentity } from "./stanza.ts";
import { hintsFor, lostReference, unreadSection } from "./unread.ts";

/**
 * The identity behind a name: a profile, a generated profile that stands for one, or a role by any of the names in
 * `roleOfName`; with limits, where the name has some. A profile of exactly that name comes first. A role that several profiles name is taken from the first in file order.
 *
 * @throws UserError where the name is unknown, or leads to no credentials
 */
export function resolveIdentity(config: AwsConfig, name: string): Identity {
  const { base, limits } = readLimitedName(name);
  const identity = resolveName(config, base);
  return limits.reduce(limitedBy, identity);
}

/** The identity under a name of its own, with one limit more. */
function limitedBy(identity: Identity, policy: string): Identity {
  if (policy === "") throw new UserError(`${quote(identity.name)} is limited by nothing`);
  const name = limitedName(identity.name, policy);
  const limit: Limit = { profile: name, policy, position: undefined };
  return { ...identity, name, limits: [...(identity.limits ?? []), limit] };
}

function resolveName(config: AwsConfig, name: string): Identity {
  const profile = effectiveProfile(config, name);
  if (profile !== undefined) return identityOf(config, followChain(config, profile));
  const role = roleOfName(config, name);
  if (role === undefined) {
    const bearer = isRoleElsewhere(name) ? profileOfArn(config, name) : undefined;
    if (bearer === undefined) throw unknownName(config, name);
    return resolveName(config, bearer);
  }
  const named = profileOfRole(config, role);
  return named === undefined ? unnamedRole(config, role) : resolveName(config, named);
}

function identityOf(config: AwsConfig, { profile, root, hops, limits, limited }: Chain): Identity {
  const below = limited.at(-1);
  const settings = withoutKeys(new Map([...(below?.all() ?? []), ...profile.all()]));
  const account = firstThatSays([profile, ...limited], pinOf);
  return {
    name: profile.name,
    root,
    hops,
    settings,
    ...(limits.length > 0 && { limits }),
    ...(account !== undefined && { account }),
    ...guardOf(config, [profile, ...limited]),
  };
}

/**
 * What is said about who may have an identity: of a profile, and of those that it limits. About agents of the first alone,
 * as a limited one is what an agent is given, else of all.
 */
export function guardOf(
  config: AwsConfig,
  profiles: readonly EffectiveProfile[],
): { readonly guard?: Guard } {
  const isProtected = firstThatSays(profiles, protectionOf);
  const guard = isProtected?.value === "true" ? { protected: isProtected } : {};
  const agents = profiles[0]?.getOwn("agents") ?? config.settings?.properties.get("agents");
  if (agents?.value && !["yes", "no"].includes(agents.value))
    throw new UserError(`agents = ${agents.value} is neither yes nor no`, { at: agents.position });
  const all = agents?.value === "no" ? { ...guard, agents } : guard;
  return Object.keys(all).length === 0 ? {} : { guard: all };
}

/** What a section says of itself, or the nearest of those that it limits. */
function firstThatSays<T>(
  profiles: readonly EffectiveProfile[],
  say: (profile: EffectiveProfile) => T | undefined,
): T | undefined {
  for (const profile of profiles) {
    const said = say(profile);
    if (said !== undefined) return said;
  }
  return undefined;
}

/** @throws UserError for anything but true and false: a slip there must not leave the identity open */
function protectionOf(profile: EffectiveProfile): Property | undefined {
  const said = profile.getOwn("protected");
  if (said === undefined || ["true", "false"].includes(said.value)) return said;
  throw new UserError(`protected = ${said.value} is neither true nor false`, { at: said.position });
}

function pinOf(profile: EffectiveProfile): Property | undefined {
  const account = profile.getOwn("account");
  if (account === undefined || /^\d{12}$/.test(account.value)) return account;
  throw new UserError(`account ${quote(account.value)} is not an account's twelve digits`, {
    at: account.position,
  });
}

/** The properties of a profile that are no secret. */
export function withoutKeys(properties: Map<string, Property>): Map<string, Property> {
  for (const key of ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"])
    properties.delete(key);
  return properties;
}

function profileOfArn(config: AwsConfig, arn: string): string | undefined {
  return profileNames(config).find((name) => effectiveProfile(config, name)?.get("role_arn")?.value === arn);
}

function profileOfRole(config: AwsConfig, role: RoleReference): string | undefined {
  return profileNames(config).find((name) => {
    const arn = effectiveProfile(config, name)?.get("role_arn");
    return arn !== undefined && isRole(arn.value, role);
  });
}

/** A name that no profile bears. */
export class UnknownName extends UserError {}

function unknownName(config: AwsConfig, name: string): UserError {
  const unread = unreadSection(config, "profile", name);
  if (unread !== undefined) return unread;
  if (name.startsWith("arn:")) return new UserError(`${quote(name)} is not the ARN of a role`);
  const { config: file, credentials } = config.files;
  return new UnknownName(`no profile ${quote(name)} in ${file} or ${credentials}`, {
    hints: hintsFor(config, name, profileNames(config)),
  });
}

/**
 * A role that no profile names: assumed from the profile in `[aws-as] source_profile`, else from the only one with
 * long-term keys. The partition of `ACCOUNT/ROLE` is that of the profile's other ARNs, else `aws`.
 */
export function unnamedRole(config: AwsConfig, role: RoleReference): Identity {
  const { source, position } = sourceOfUnnamedRole(config, role);
  const below = followChain(config, source, "source");
  const roleArn = arnOf({ partition: sourcePartition(config, source), ...role });
  const settings = source.all();
  for (const name of identityProperties) settings.delete(name);
  return {
    name: roleArn,
    root: below.root,
    hops: [...below.hops, { profile: roleArn, roleArn, position }],
    settings,
    ...guardOf(config, []),
  };
}

function sourceOfUnnamedRole(
  config: AwsConfig,
  role: RoleReference,
): { source: EffectiveProfile; position: Position } {
  const setting = config.settings?.properties.get("source_profile");
  if (setting?.value) {
    const source = effectiveProfile(config, setting.value);
    if (source !== undefined) return { source, position: setting.position };
    throw new UserError(
      `[aws-as] names ${quote(setting.value)} as source_profile, and there is no such profile`,
      { at: setting.position },
    );
  }
  const users = profileNames(config)
    .map((name) => effectiveProfile(config, name))
    .filter((profile) => profile !== undefined)
    .filter((profile) => holdsLongTermKeys(profile, config.files.credentials));
  const [only] = users;
  if (only !== undefined && users.length === 1) return { source: only, position: only.position };
  const asked = quote(arnOf({ partition: "aws", ...role }));
  if (only === undefined) {
    throw new UserError(`no profile names the role ${asked}, and none has long-term keys to assume it with`);
  }
  throw new UserError(
    `no profile names the role ${asked}, and several could assume it: ${users.map(({ name }) => quote(name)).join(", ")}`,
    {
      hints: [`choose one in ${config.files.config}, in the section [aws-as]: source_profile = ${only.name}`],
    },
  );
}

function holdsLongTermKeys(profile: EffectiveProfile, credentialsFile: string): boolean {
  const keys = keysOf(profile, credentialsFile);
  if (keys === "stored-keys") return true;
  return (
    keys === "static-keys" &&
    profile.get("aws_access_key_id") !== undefined &&
    profile.get("aws_secret_access_key") !== undefined &&
    profile.get("aws_session_token") === undefined
  );
}

/** From the ARNs of the source itself, else from those of the roles that are assumed from it. */
function sourcePartition(config: AwsConfig, source: EffectiveProfile): string {
  const own = [source.get("mfa_serial"), source.get("role_arn"), source.get("login_session")];
  const assumed = profileNames(config)
    .map((name) => effectiveProfile(config, name))
    .filter((profile) => profile?.get("source_profile")?.value === source.name)
    .map((profile) => profile?.get("role_arn"));
  for (const arn of [...own, ...assumed]) {
    const partition = arn && partitionOf(arn.value);
    if (partition) return partition;
  }
  return "aws";
}

function arnOf({ partition = "aws", account, role }: RoleReference): string {
  return `arn:${partition}:iam::${account}:role/${role}`;
}

/** From a profile down to its root. */
interface Chain {
  /** The profile itself; for a generated one, the profile that it stands for. */
  readonly profile: EffectiveProfile;
  readonly root: Root;
  /** The role that is assumed first comes first. */
  readonly hops: readonly RoleHop[];
  /** The innermost first. */
  readonly limits: readonly Limit[];
  /** Those that a limited one limits, one below the other; the settings of the last hold for all. */
  readonly limited: readonly EffectiveProfile[];
}

/** The profiles passed so far, each with the place of the property that leads to the next. */
type Trail = Map<string, Position>;

/**
 * Follows a profile to its root by rules 19 to 26 of docs/config-grammar.md.
 *
 * @throws UserError where a link is missing or the profiles form a circle
 */
function followChain(
  config: AwsConfig,
  profile: EffectiveProfile,
  reached: "asked" | "source" = "asked",
): Chain {
  const trail: Trail = new Map();
  const hops: RoleHop[] = [];
  const limits: Limit[] = [];
  const limited: EffectiveProfile[] = [];
  let meant: EffectiveProfile | undefined;
  let here = profile;
  let how = reached;
  for (;;) {
    if (trail.has(here.name)) throw loop(trail, here.name);
    if (here.error !== undefined) throw here.error;
    const kind = credentialKind(here, config.files.credentials, how);
    if (kind === "alias") {
      const { profile: next, position } = aliasTarget(config, here);
      trail.set(here.name, position);
      here = next;
      // A generated profile is a request for that identity itself, so rule 20 applies to it and not rule 21.
      how = "asked";
      continue;
    }
    if (meant === undefined) meant = here;
    else if (hops.length === 0) limited.push(here);
    if (kind === "limited") {
      const { profile: next, position } = limitedTarget(
        config,
        here,
        reached === "source" || hops.length > 0,
      );
      limits.unshift(limitOf(here));
      trail.set(here.name, position);
      here = next;
      how = "asked";
      continue;
    }
    const elsewhere = isElsewhere(config, limited.at(-1) ?? meant);
    const end = { profile: meant, limits, limited };
    if (kind !== "role") {
      return { ...end, root: rootOf(config, here, kind, elsewhere), hops: hops.reverse() };
    }
    hops.push(roleHop(here, elsewhere));
    const source = roleSource(config, here);
    if ("root" in source) return { ...end, root: source.root, hops: hops.reverse() };
    trail.set(here.name, source.position);
    here = source.profile;
    how = "source";
  }
}

/** Whether a person has named another address than AWS's for the calls of this profile. */
function isElsewhere(config: AwsConfig, profile: EffectiveProfile): boolean {
  const section = config.services.get(profile.get("services")?.value ?? "");
  return (
    config.elsewhere === true ||
    profile.get("endpoint_url") !== undefined ||
    section?.properties.get("sts") !== undefined
  );
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

/** The identity that a limited one limits. */
function limitedTarget(config: AwsConfig, profile: EffectiveProfile, isSource: boolean): Step {
  const limits = profile.getOwn("limits") as Property;
  // A role that is assumed from it would have all the power that its own policies give.
  if (isSource) {
    throw new UserError(
      `a role takes its credentials from ${quote(profile.name)}, which is limited: the role would not be`,
      {
        at: limits.position,
        hints: [`limit the role itself: limits = ROLE in a section [aws-as ROLE-ro], and a policy`],
      },
    );
  }
  const found =
    effectiveProfile(config, limits.value) ?? missing(config, profile, limits, limits.value, "limits");
  return { profile: found, position: limits.position };
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
  if (keys !== undefined) return rootOf(config, profile, keys, false);
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
  verb: "names" | "stands for" | "limits",
): never {
  const as = verb === "names" ? " as source_profile" : "";
  const said = `profile ${quote(from.name)} ${verb} ${quote(target)}${as}`;
  const words = { said, none: "there is no such profile", names: profileNames(config) };
  throw lostReference(config, "profile", property, words, target);
}

function loop(trail: Trail, again: string): UserError {
  const all = [...trail];
  const round = all.slice(all.findIndex(([name]) => name === again));
  const steps = round.map(([name, position]) => `${quote(name)} (${at(position)})`);
  const first = round[0]?.[1] as Position;
  return new UserError(`profiles form a circle: ${[...steps, quote(again)].join(" -> ")}`, { at: first });
}
