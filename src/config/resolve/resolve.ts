import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { quote } from "../shown.ts";
import { unnamedRole } from "./bare-role.ts";
import { type Chain, followChain } from "./chain.ts";
import { effectiveProfile, profileNames } from "./effective-profile.ts";
import type { Identity, Property } from "./identity.ts";
import { isRole, type RoleReference, readRoleReference } from "./role-arn.ts";
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

function withoutKeys(properties: Map<string, Property>): Map<string, Property> {
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
