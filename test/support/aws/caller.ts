import { judge, type PolicyDocument, type PrincipalFit, type Question, type Verdict } from "./policy.ts";
import { accessDenied, invalidToken, Refusal } from "./refusal.ts";
import type { Session } from "./sessions.ts";
import type { Claim } from "./sigv4.ts";
import type { State } from "./state.ts";
import { type Account, principalId, type Role, roleArn, rootArn, type User, userArn } from "./world.ts";

/** Who signed a request, as far as the credentials say. */
export type Caller = {
  readonly account: Account;
  /** As GetCallerIdentity shows it. */
  readonly arn: string;
  readonly userId: string;
  /** The long-term key that signed; absent where the credentials are temporary. */
  readonly longTermKeyId?: string;
  /** Present: the credentials are temporary. */
  readonly session?: Session;
} & (
  | { readonly kind: "user"; readonly user: User }
  | { readonly kind: "role"; readonly role: Role }
  | { readonly kind: "root" }
);

/** The caller that a claim's key belongs to, with the secret to check the signature with. */
export function findCaller(state: State, claim: Claim): { caller: Caller; secret: string } {
  return claim.accessKeyId.startsWith("ASIA") ? temporary(state, claim) : longTerm(state, claim);
}

function longTerm(state: State, claim: Claim): { caller: Caller; secret: string } {
  const known = state.keys.asSeen(claim.accessKeyId, state.now());
  if (known?.key.status !== "active" || claim.sessionToken !== undefined) throw invalidToken();
  const caller = callerOf(state, known.owner);
  if (!caller) throw invalidToken();
  return { caller: { ...caller, longTermKeyId: known.key.id }, secret: known.key.secret };
}

function temporary(state: State, claim: Claim): { caller: Caller; secret: string } {
  const session = state.sessions.find(claim.accessKeyId);
  if (!session || session.revoked || session.sessionToken !== claim.sessionToken) throw invalidToken();
  if (state.now() >= session.expiresAt) {
    throw new Refusal("ExpiredToken", 403, "The security token included in the request is expired");
  }
  const caller = sessionCaller(state, session);
  if (!caller || hasDied(state, session)) throw invalidToken();
  return { caller, secret: session.secretAccessKey };
}

function sessionCaller(state: State, session: Session): Caller | undefined {
  if (session.kind !== "role") {
    const caller = callerOf(state, session.principal);
    if (session.kind === "base" || !caller) return caller && { ...caller, session };
    const { id, partition = "aws" } = caller.account;
    const name = session.roleSessionName ?? "";
    return {
      ...caller,
      session,
      arn: `arn:${partition}:sts::${id}:federated-user/${name}`,
      userId: `${id}:${name}`,
    };
  }
  for (const account of state.world.accounts) {
    const role = account.roles.find((one) => roleArn(account, one) === session.principal);
    if (role) return roleCaller(account, role, session);
  }
  return undefined;
}

/** Whether the key that a base session came from is gone or switched off, where that matters. */
function hasDied(state: State, { parentKeyId }: Session): boolean {
  if (!state.rules.sessionsDieWithKey || parentKeyId === undefined) return false;
  return state.keys.asSeen(parentKeyId, state.now())?.key.status !== "active";
}

/** A user or root user by ARN. */
function callerOf(state: State, arn: string): Caller | undefined {
  for (const account of state.world.accounts) {
    if (rootArn(account) === arn) return rootCaller(account);
    const user = account.users.find((one) => userArn(account, one) === arn);
    if (user) return userCaller(account, user);
  }
  return undefined;
}

function userCaller(account: Account, user: User): Caller {
  const arn = userArn(account, user);
  return { kind: "user", account, user, arn, userId: principalId("AIDA", arn) };
}

function rootCaller(account: Account): Caller {
  return { kind: "root", account, arn: rootArn(account), userId: account.id };
}

function roleCaller(account: Account, role: Role, session: Session): Caller {
  const name = session.roleSessionName ?? "";
  return { kind: "role", account, role, session, ...assumedRole(account, role, name) };
}

/** What a role session is called: the ARN without the role's path, and the id `AROA…:session`. */
export function assumedRole(account: Account, role: Role, sessionName: string) {
  const partition = account.partition ?? "aws";
  return {
    arn: `arn:${partition}:sts::${account.id}:assumed-role/${role.name}/${sessionName}`,
    userId: `${principalId("AROA", roleArn(account, role))}:${sessionName}`,
  };
}

/** How a principal of a trust policy fits a caller. */
export function principalFit(caller: Caller, principal: string): PrincipalFit {
  if (principal === "*" || principal === caller.arn) return "itself";
  if (caller.kind === "role" && principal === roleArn(caller.account, caller.role)) return "itself";
  if (principal === caller.account.id || principal === rootArn(caller.account)) return "account";
  return undefined;
}

/**
 * The request context that comes from the caller. The MFA keys are absent for long-term keys, and false for role
 * sessions: "the temporary credentials returned by AssumeRole do not include MFA information in the context".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export function sessionContext(caller: Caller, now: number): Record<string, string> {
  const { session } = caller;
  const who = {
    "aws:PrincipalAccount": caller.account.id,
    "aws:PrincipalArn": caller.kind === "role" ? roleArn(caller.account, caller.role) : caller.arn,
    "aws:userid": caller.userId,
    ...(caller.kind === "user" ? { "aws:username": caller.user.name } : {}),
  };
  if (!session) return who;
  const issued = {
    ...who,
    "aws:TokenIssueTime": new Date(session.issuedAt).toISOString(),
  };
  if (session.mfaAt === undefined) return { ...issued, "aws:MultiFactorAuthPresent": "false" };
  return {
    ...issued,
    "aws:MultiFactorAuthPresent": "true",
    "aws:MultiFactorAuthAge": String(Math.floor((now - session.mfaAt) / 1000)),
  };
}

/** The policies attached to the caller. The root user may do everything. */
export function identityPolicies(caller: Caller): readonly PolicyDocument[] {
  if (caller.kind === "user") return caller.user.policies;
  if (caller.kind === "role") return caller.role.policies;
  return [{ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }];
}

/** What the session policies of the caller say, each layer of which must allow. Without any: `allow`. */
export function sessionVerdict({ session }: Caller, question: Question): Verdict {
  const verdicts = (session?.policies ?? []).map((layer) => judge(layer, question));
  return verdicts.find((each) => each === "deny") ?? verdicts.find((each) => each === "none") ?? "allow";
}

/** Refuses an IAM action that the caller's own policies do not allow. */
export function authorize(
  caller: Caller,
  action: string,
  resource: string,
  shown: string,
  now: number,
): void {
  const question = { action, resource, context: sessionContext(caller, now) };
  const verdict = judge(identityPolicies(caller), question);
  const bySession = sessionVerdict(caller, question);
  if (verdict === "allow" && bySession !== "allow") {
    const why =
      bySession === "deny"
        ? "with an explicit deny in a session policy"
        : `because no session policy allows the ${action} action`;
    throw accessDenied(
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${shown} ${why}`,
    );
  }
  if (verdict === "allow") return;
  const because =
    verdict === "deny"
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
  throw accessDenied(
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${shown} ${because}`,
  );
}
