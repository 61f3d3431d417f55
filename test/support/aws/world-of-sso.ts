import { type Assignment, startUrl } from "./sign-in.ts";
import type { World } from "./world.ts";
import { one, policy, trust, worldOfOne } from "./world-of-one.ts";

/** Five roles that a person has by IAM Identity Center. */
export const ssoRoles = ["Admin", "ReadOnly", "Billing", "Audit", "Deploy"] as const;

const path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
const inIam = (role: string) => `AWSReservedSSO_${role}_0123456789abcdef`;

/** Trusts the account, so that whoever comes by SSO can assume it. */
export const roleOnTop = `arn:aws:iam::${one.account}:role/on-top`;

/** The ready world with the roles of permission sets, and a role on top of them. */
export function worldOfSso(): World {
  const world = worldOfOne();
  const roles = ssoRoles.map((role) => ({
    name: inIam(role),
    path,
    trust: trust({ principals: [one.account] }),
    policies: [policy("Allow", "sts:AssumeRole")],
  }));
  const onTop = { name: "on-top", trust: trust({ principals: [one.account] }), policies: [] };
  for (const account of world.accounts) if (account.id === one.account) account.roles.push(...roles, onTop);
  return world;
}

/** All five, assigned. */
export function assignedRoles(): Assignment[] {
  return ssoRoles.map((roleName) => ({
    accountId: one.account,
    roleName,
    roleArn: `arn:aws:iam::${one.account}:role${path}${inIam(roleName)}`,
  }));
}

/**
 * A profile per role (`admin`, `readonly`, …) by the session `corp`; `on-top` assumes a role from `admin`; `legacy` is in
 * the form without a session; `console` is by `aws login`, and `on-console` on top of it.
 */
export function configOfSso(): string {
  const region = "region = eu-west-1";
  const profiles = ssoRoles.map(
    (role) =>
      `[profile ${role.toLowerCase()}]\nsso_session = corp\nsso_account_id = ${one.account}\nsso_role_name = ${role}\n${region}\n`,
  );
  return [
    `[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = ${startUrl}\nsso_registration_scopes = sso:account:access\n`,
    ...profiles,
    `[profile on-top]\nrole_arn = ${roleOnTop}\nsource_profile = admin\n${region}\n`,
    `[profile legacy]\nsso_start_url = ${startUrl}\nsso_region = eu-west-1\nsso_account_id = ${one.account}\nsso_role_name = Admin\n${region}\n`,
    `[profile token-only]\nsso_session = corp\n${region}\n`,
    `[profile unassigned]\nsso_session = corp\nsso_account_id = ${one.account}\nsso_role_name = Nobody\n${region}\n`,
    `[profile console]\nlogin_session = ${one.userArn}\n${region}\n`,
    `[profile on-console]\nrole_arn = ${roleOnTop}\nsource_profile = console\n${region}\n`,
  ].join("\n");
}
