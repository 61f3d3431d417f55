import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { quote } from "../shown.ts";
import type { Position } from "./identity.ts";
import { type RoleReference, readRoleReference } from "./role-arn.ts";

/**
 * The role that a name stands for where it is no profile's: an ARN, `ACCOUNT/ROLE`, `ALIAS/ROLE` by `[aws-as] accounts`, or a name
 * in the project's file, in this order; undefined for any other. What the user has written himself so always wins over what a
 * repository brings. Pure.
 */
export function roleOfName(config: AwsConfig, name: string): RoleReference | undefined {
  const said = readRoleReference(name) ?? readRoleReference(withoutAlias(config, name));
  const named = config.project?.get(name);
  return said ?? (named && readRoleReference(named.value));
}

/**
 * Where a name that is no profile's gets its meaning: the line of the project's file, or that of the account's alias; undefined
 * for one that says it itself. Pure.
 */
export function whereNamed(config: AwsConfig, name: string): Position | undefined {
  if (readRoleReference(name) !== undefined) return undefined;
  if (withoutAlias(config, name) !== "") return config.settings?.properties.get("accounts")?.position;
  return config.project?.get(name)?.position;
}

function withoutAlias(config: AwsConfig, name: string): string {
  const slash = name.indexOf("/");
  const account = slash < 0 ? undefined : accountsOf(config).get(name.slice(0, slash));
  return account === undefined ? "" : `${account}${name.slice(slash)}`;
}

/**
 * `accounts` of `[aws-as]`, alias to number: `accounts = prod=111111111111, dev=222222222222`, or one to a line below it.
 *
 * @throws UserError for an entry that is none
 */
export function accountsOf({ settings }: AwsConfig): ReadonlyMap<string, string> {
  const property = settings?.properties.get("accounts");
  const accounts = new Map<string, string>();
  for (const entry of property?.value.split(/[,\n]/) ?? []) {
    if (entry.trim() === "") continue;
    const [, alias = "", number] = /^\s*([A-Za-z][\w.-]*)\s*=\s*(\d{12})\s*$/.exec(entry) ?? [];
    if (number === undefined) {
      throw new UserError(`accounts has the entry ${quote(entry.trim())}, which is not ALIAS=ACCOUNT`, {
        ...(property && { at: property.position }),
        hints: ["write it like this: accounts = prod=111111111111, dev=222222222222"],
      });
    }
    accounts.set(alias, number);
  }
  return accounts;
}
