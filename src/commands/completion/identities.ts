import type { AwsConfig } from "../../config/aws-config.ts";
import { effectiveProfile } from "../../config/resolve/effective-profile.ts";
import { identityNames } from "../../config/resolve/identity-list.ts";
import { readRoleArn } from "../../config/resolve/role-arn.ts";
import type { Candidate } from "../../emit/answer.ts";

/** The names that a person can act as, each with what it is. */
export function identityCandidates(config: AwsConfig): Candidate[] {
  return identityNames(config).map(({ name, kind }) => {
    const arn = effectiveProfile(config, name)?.get("role_arn")?.value ?? "";
    const role = kind === "role" ? readRoleArn(arn) : undefined;
    return { word: name, description: role ? `role ${role.role} in ${role.account}` : kinds[kind] };
  });
}

const kinds = { user: "user", role: "role", external: "credentials of another source" } as const;
