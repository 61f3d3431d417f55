import type { State } from "./state.ts";
import { roleArn, userArn } from "./world.ts";

/**
 * How sessions end early: `unknown`, AWS no longer knows the token (the user is gone); `denied`, the policy
 * AWSRevokeOlderSessions denies everything to sessions issued until now. GetCallerIdentity still works with the latter.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export type RevokeHow = "unknown" | "denied";

/** Ends the sessions issued so far to the user or role with this ARN. Throws when there is none. */
export function revoke(state: State, principalArn: string, how: RevokeHow = "unknown"): void {
  const now = state.now();
  const owner = state.world.accounts
    .flatMap((account) => [
      ...account.users.map((user) => ({ arn: userArn(account, user), policies: user.policies })),
      ...account.roles.map((role) => ({ arn: roleArn(account, role), policies: role.policies })),
    ])
    .find(({ arn }) => arn === principalArn);
  if (!owner) throw new Error(`no user or role ${principalArn} in this world`);
  if (how === "unknown") {
    for (const session of state.sessions.all()) {
      if (session.principal === principalArn) session.revoked = true;
    }
    return;
  }
  // Issue times are whole seconds, rounded down: a session from within this very second is to be ended too.
  owner.policies.push({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { DateLessThan: { "aws:TokenIssueTime": new Date(now).toISOString() } },
      },
    ],
  });
}
