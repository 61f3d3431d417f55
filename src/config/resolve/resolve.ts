import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { quote } from "../shown.ts";
import { type Chain, followChain } from "./chain.ts";
import { type EffectiveProfile, effectiveProfile, keysOf, profileNames } from "./effective-profile.ts";
import type { Identity, Position, Property } from "./identity.ts";
import { identityProperties } from "./identity-properties.ts";
import { isRole, partitionOf, type RoleReference, readRoleReference } from "./role-arn.ts";
import { suggest } from "./suggest.ts";

/**
 * The identity behind a name: a profile, a generated profile that stands for one, a role's ARN, or `ACCOUNT/ROLE`. A
 * profile of exactly that name comes first. A role that several profiles name is taken from the first in file order.
 *
 * @throws UserError where the name is unknown, or leads to no credentials
 */
export function resolveIdentity(config: AwsConfig, name: string): Identity {
  const profile = effectiveProfile(config, name);
  if (profile !== undefined) return identityOf(followChain(config, profile));
  const role = readRoleReference(name);
  if (role === undefined) throw unknownName(config, name);
  const named = profileOfRole(config, role);
  return named === undefined ? unnamedRole(config, role) : resolveIdentity(config, named);
}

function identityOf({ profile, root, hops }: Chain): Identity {
  return { name: profile.name, root, hops, settings: withoutKeys(profile.all()) };
}

/** The properties of a profile that are no secret. */
export function withoutKeys(properties: Map<string, Property>): Map<string, Property> {
  for (const key of ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"])
    properties.delete(key);
  return properties;
}

function profileOfRole(config: AwsConfig, role: RoleReference): string | undefined {
  return profileNames(config).find((name) => {
    const arn = effectiveProfile(config, name)?.get("role_arn");
    return arn !== undefined && isRole(arn.value, role);
  });
}

function unknownName(config: AwsConfig, name: string): UserError {
  if (name.startsWith("arn:")) return new UserError(`${quote(name)} is not the ARN of a role`);
  const close = suggest(name, profileNames(config));
  const { config: file, credentials } = config.files;
  return new UserError(`no profile ${quote(name)} in ${file} or ${credentials}`, {
    hints: close.length > 0 ? [`did you mean ${close.map(quote).join(" or ")}?`] : [],
  });
}

/**
 * A role that no profile names: assumed from the profile in `[aws-as] source_profile`, else from the only one with
 * long-term keys. The partition of `ACCOUNT/ROLE` is that of the profile's other ARNs, else `aws`.
 */
export function unnamedRole(config: AwsConfig, role: RoleReference): Identity {
  const { source, position } = roleSource(config, role);
  const below = followChain(config, source, "source");
  const roleArn = arnOf({ partition: sourcePartition(config, source), ...role });
  const settings = source.all();
  for (const name of identityProperties) settings.delete(name);
  return {
    name: roleArn,
    root: below.root,
    hops: [...below.hops, { profile: roleArn, roleArn, position }],
    settings,
  };
}

function roleSource(
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
