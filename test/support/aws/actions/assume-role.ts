import {
  assumedRole,
  type Caller,
  identityPolicies,
  principalFit,
  sessionContext,
  sessionVerdict,
} from "../caller.ts";
import { type Parameters, shapes } from "../parameters.ts";
import { judge, judgeTrust, managedPolicies, type PolicyDocument, readPolicy } from "../policy.ts";
import { accessDenied, Refusal, validationError } from "../refusal.ts";
import type { State } from "../state.ts";
import { type Account, type Role, roleArn } from "../world.ts";
import type { Action } from "./action.ts";
import { credentialsElement } from "./credentials.ts";
import { proveMultiFactor, readMultiFactor } from "./multi-factor.ts";
import { readTags, type SessionTags } from "./session-tags.ts";

/** Seconds that a session lasts where the request does not say, and the most that one made with a session may last. */
const oneHour = 3600;

/** Characters of inline policy and policy ARNs together, and of what they and the tags are packed into. */
const packedLimit = 2048;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const assumeRole: Action = {
  service: "sts",
  takesSessions: true,
  perform({ caller, parameters, state }) {
    const arn = parameters.text("RoleArn", shapes.roleArn) ?? "";
    const sessionName = parameters.text("RoleSessionName", shapes.roleSessionName) ?? "";
    const wished = parameters.integer("DurationSeconds", { min: 900, max: 43_200 });
    const claim = readMultiFactor(parameters);
    const externalId = parameters.text("ExternalId", shapes.externalId);
    const sourceIdentity = parameters.text("SourceIdentity", shapes.sourceIdentity);
    const policy = parameters.text("Policy", shapes.policy);
    const tags = readTags(parameters);
    parameters.refuse();

    if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(arn)) throw validationError(`${arn} is invalid`);
    const packedPolicySize = packPolicy(parameters, policy, tags);
    const layer = sessionPolicies(parameters, policy);
    if (caller.kind === "root") throw accessDenied("Roles may not be assumed by root accounts.");

    const proven = proveMultiFactor(state, caller, claim);
    const found = findRole(state, arn);
    const context = {
      ...sessionContext(caller, state.now()),
      ...(proven ? { "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0" } : {}),
      ...(externalId === undefined ? {} : { "sts:ExternalId": externalId }),
      ...(sourceIdentity === undefined ? {} : { "sts:SourceIdentity": sourceIdentity }),
      ...tags.context,
      "sts:RoleSessionName": sessionName,
    };
    const permit = (action: string) => permitOrRefuse(caller, found, arn, action, context);
    permit("sts:AssumeRole");
    if (tags.passed.size > 0) permit("sts:TagSession");
    if (sourceIdentity !== undefined) permit("sts:SetSourceIdentity");
    if (!found) throw notAuthorized(caller, "sts:AssumeRole", arn);
    const { account, role } = found;

    const inherited = caller.session;
    refuseChanges(inherited?.sourceIdentity, sourceIdentity, inherited?.transitiveTags, tags, caller, arn);
    checkDuration(caller, role, wished);

    const setIdentity = sourceIdentity ?? inherited?.sourceIdentity;
    const session = state.sessions.issue(
      {
        kind: "role",
        principal: roleArn(account, role),
        durationSeconds: wished ?? oneHour,
        roleSessionName: sessionName,
        isChained: inherited !== undefined,
        transitiveTags: { ...inherited?.transitiveTags, ...tags.transitive },
        ...(setIdentity === undefined ? {} : { sourceIdentity: setIdentity }),
        ...(layer.length === 0 ? {} : { policies: [layer] }),
      },
      state.now(),
    );
    const { arn: sessionArn, userId } = assumedRole(account, role, sessionName);
    return {
      result: {
        SourceIdentity: setIdentity,
        AssumedRoleUser: { AssumedRoleId: userId, Arn: sessionArn },
        Credentials: credentialsElement(session),
        PackedPolicySize: packedPolicySize,
      },
      issued: session.accessKeyId,
    };
  },
};

/**
 * Any session as the caller counts as role chaining, a GetSessionToken session of an IAM user too. The reference speaks
 * of roles only, but STS refuses both with this same text:
 * https://github.com/99designs/aws-vault/issues/263, https://github.com/mmmorris1975/aws-runas/issues/11
 */
function checkDuration(caller: Caller, role: Role, wished: number | undefined): void {
  if (wished === undefined) return;
  if (caller.session && wished > oneHour) {
    throw validationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  if (wished > (role.maxSessionDuration ?? oneHour)) {
    throw validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
}

function findRole(state: State, arn: string): { account: Account; role: Role } | undefined {
  for (const account of state.world.accounts) {
    const role = account.roles.find((one) => roleArn(account, one) === arn);
    if (role) return { account, role };
  }
  return undefined;
}

/** Trust on one side, identity policies on the other. A role that is not there is refused in the same words. */
function permitOrRefuse(
  caller: Caller,
  found: { account: Account; role: Role } | undefined,
  arn: string,
  action: string,
  context: Readonly<Record<string, string | readonly string[]>>,
): void {
  const question = { action, resource: arn, context };
  const identity = judge(identityPolicies(caller), question);
  if (sessionVerdict(caller, question) !== "allow")
    throw notAuthorized(caller, action, arn, "in a session policy");
  if (identity === "deny") throw notAuthorized(caller, action, arn, "in an identity-based policy");
  if (!found) throw notAuthorized(caller, action, arn);
  const trust = judgeTrust(found.role.trust, question, (principal) => principalFit(caller, principal));
  if (trust.verdict === "deny") throw notAuthorized(caller, action, arn, "in a resource-based policy");
  const enoughByTrust = trust.fit === "itself" && found.account.id === caller.account.id;
  if (trust.verdict === "none" || (identity !== "allow" && !enoughByTrust)) {
    throw notAuthorized(caller, action, arn);
  }
}

function notAuthorized(caller: Caller, action: string, arn: string, deniedIn?: string): Refusal {
  const because = deniedIn === undefined ? "" : ` with an explicit deny ${deniedIn}`;
  return accessDenied(
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}${because}`,
  );
}

/** What a chain has fixed stays fixed: the source identity, and the values of transitive tags. */
function refuseChanges(
  fixedIdentity: string | undefined,
  sourceIdentity: string | undefined,
  fixedTags: Readonly<Record<string, string>> | undefined,
  tags: SessionTags,
  caller: Caller,
  arn: string,
): void {
  if (fixedIdentity !== undefined && sourceIdentity !== undefined && fixedIdentity !== sourceIdentity) {
    throw notAuthorized(caller, "sts:SetSourceIdentity", arn);
  }
  for (const key of Object.keys(fixedTags ?? {})) {
    if (tags.passed.has(key.toLowerCase())) {
      throw new Refusal(
        "InvalidParameterValue",
        400,
        `One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.`,
      );
    }
  }
}

/** Percent of the allotted space; undefined where nothing was passed. STS packs tighter than this counts. */
function packPolicy(
  parameters: Parameters,
  policy: string | undefined,
  tags: SessionTags,
): number | undefined {
  const arns = policyArns(parameters);
  const plain = (policy?.length ?? 0) + arns.join("").length;
  const size = plain + tags.length;
  if (size === 0) return undefined;
  const percent = Math.ceil((size * 100) / (2 * packedLimit));
  if (plain > packedLimit || percent > 100) {
    throw new Refusal(
      "PackedPolicyTooLarge",
      400,
      `Packed policy consumes ${Math.max(percent, 101)}% of allotted space, please use smaller policy.`,
    );
  }
  return percent;
}

function policyArns(parameters: Parameters): readonly string[] {
  return parameters.members("PolicyArns").map((member) => member.get("arn") ?? "");
}

/** What the session may do at the most: of the inline policy and the managed ones together. */
function sessionPolicies(parameters: Parameters, policy: string | undefined): readonly PolicyDocument[] {
  const managed = policyArns(parameters).map((arn) => {
    const name = /^arn:[\w-]+:iam::(?:aws|\d{12}):policy\/(.+)$/.exec(arn)?.[1];
    // A policy that the fake does not know allows nothing.
    return readPolicy(managedPolicies[name ?? ""] ?? '{"Statement":[]}', "managed");
  });
  return [...(policy === undefined ? [] : [readPolicy(policy, "inline")]), ...managed];
}
