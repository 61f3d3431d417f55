import type { World } from "./world.ts";
import { one, trust, worldOfOne } from "./world-of-one.ts";

/** Roles that my-user1 may take with MFA; also the names of their profiles. */
export const fiveRoles = ["role1", "role2", "role3", "role4", "role5"] as const;

const arnOf = (role: string) => `arn:aws:iam::${one.account}:role/${role}`;

/** The ready world with five more roles, all alike: up to an hour, for whoever of the account has shown MFA. */
export function worldOfFive(): World {
  const world = worldOfOne();
  const principals = [`arn:aws:iam::${one.account}:root`];
  for (const name of fiveRoles) {
    world.accounts[0]?.roles.push({ name, trust: trust({ principals, mfa: true }), policies: [] });
  }
  return world;
}

/** The text of `~/.aws/config` for it; the credentials are those of the ready world. */
export function configOfFive(): string {
  const user = `[profile my-user1]\nregion = eu-west-1\nmfa_serial = ${one.mfaSerial}\n`;
  const roles = fiveRoles.map(
    (name) => `[profile ${name}]\nregion = eu-west-1\nrole_arn = ${arnOf(name)}\nsource_profile = my-user1\n`,
  );
  return [user, ...roles].join("\n");
}
