import type { Identity, Limit, RoleHop } from "../config/resolve/identity.ts";
import { UserError } from "../system/user-error.ts";
import { fingerprint, type ItemName } from "./item.ts";
import type { LimitStep, Step } from "./plan.ts";

/** Seconds. What STS gives at least, and at most with a session, to a role. */
const roleLife = { min: 900, chained: 3600 };

/** AWS takes no more of them on top of each other. */
const mostLayers = 3;

/** What `policy = read-only` and the like stand for. */
export const readyPolicies: Readonly<Record<string, ReadyPolicy>> = {
  "read-only": { managed: "ReadOnlyAccess", actions: readActions },
};

/**
 * GetScopedCredentials takes no managed policy, and IAM no wildcard for a service. What reads secrets is left out:
 * secretsmanager:GetSecretValue, ssm:GetParameter, kms:Decrypt.
 */
function readActions(): string[] {
  const services = [
    "acm autoscaling cloudformation cloudfront cloudtrail cloudwatch config ecs eks elasticache elasticfilesystem",
    "elasticloadbalancing es events firehose glue iam kinesis lambda logs rds redshift route53 sns sqs states wafv2",
  ];
  const others =
    "dynamodb:BatchGetItem dynamodb:Describe* dynamodb:GetItem dynamodb:List* dynamodb:Query dynamodb:Scan " +
    "ec2:Describe* ecr:BatchGetImage ecr:Describe* ecr:GetAuthorizationToken ecr:GetDownloadUrlForLayer ecr:List* " +
    "logs:FilterLogEvents s3:Get* s3:List* sts:GetCallerIdentity tag:Get*";
  const verbs = ["Describe", "Get", "List"];
  const wide = services.join(" ").split(" ");
  return [...wide.flatMap((name) => verbs.map((verb) => `${name}:${verb}*`)), ...others.split(" ")];
}

interface ReadyPolicy {
  /** The managed policy of AWS's own that a role is assumed with. */
  readonly managed: string;
  /** About the same, for what can be limited by a document alone. */
  readonly actions: () => string[];
}

/** The document of at most 2,048 characters. */
function documentOf({ actions }: ReadyPolicy): string {
  const statement = { Effect: "Allow", Resource: "*", Action: actions() };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

/**
 * Puts the innermost limit into the call by which the identity's role is assumed, where there is one that has no policy of
 * its own. The other limits take a call each. Pure.
 */
export function intoRole(
  hops: readonly RoleHop[],
  limits: readonly Limit[],
): { readonly hops: readonly RoleHop[]; readonly rest: readonly Limit[] } {
  const [limit, ...others] = limits;
  const role = hops.at(-1);
  if (limit === undefined || role === undefined || role.policy !== undefined || role.policyArns !== undefined)
    return { hops, rest: limits };
  const { durationSeconds: wanted, policy, policyArns = [] } = limit;
  const ready = policy === undefined ? undefined : readyPolicies[policy];
  const managed = ready === undefined ? [] : [`arn:${partitionOf(role)}:iam::aws:policy/${ready.managed}`];
  const arns = [...managed, ...policyArns];
  // The role alone might last longer, at the price of a code: a limited one is content with what needs none.
  const most = Math.min(role.durationSeconds ?? roleLife.chained, roleLife.chained);
  const isShort = wanted !== undefined && wanted < roleLife.min;
  const limited: RoleHop = {
    ...role,
    ...(ready === undefined && policy !== undefined && { policy }),
    ...(arns.length > 0 && { policyArns: arns }),
    ...((wanted !== undefined || role.durationSeconds !== undefined) && {
      durationSeconds: isShort ? most : Math.min(wanted ?? most, most),
    }),
  };
  const { policy: _policy, policyArns: _arns, ...duration } = limit;
  return { hops: [...hops.slice(0, -1), limited], rest: isShort ? [duration, ...others] : others };
}

const partitionOf = ({ roleArn }: RoleHop): string => roleArn.split(":")[1] ?? "aws";

/**
 * The calls that narrow the session of the last step. Pure.
 *
 * @throws UserError where AWS would refuse in any case
 */
export function limitSteps(
  identity: Identity,
  limits: readonly Limit[],
  last: Step,
  agent?: string,
): LimitStep[] {
  const tooMany = limits[mostLayers];
  if (tooMany !== undefined) {
    throw new UserError(
      `"${identity.name}" is limited more than ${mostLayers} times over, which AWS refuses`,
      {
        at: tooMany.position,
      },
    );
  }
  let { item } = last;
  return limits.map(({ profile, policy, policyArns, durationSeconds, position }) => {
    if (policyArns !== undefined) {
      throw new UserError(
        `"${profile}" names managed policies (policy_arns), which AWS takes only where a role is assumed`,
        { at: position, hints: [`say it as a document in [aws-as ${profile}]: policy = FILE`] },
      );
    }
    const ready = policy === undefined ? undefined : readyPolicies[policy];
    const document = ready === undefined ? policy : documentOf(ready);
    item = limitedItem(item, profile, [document ?? null, durationSeconds ?? null, ...(agent ? [agent] : [])]);
    return {
      kind: "limit",
      profile,
      position,
      policy: document,
      durationSeconds,
      agent,
      item,
      because: [
        ...(ready === undefined ? [] : [`as far as the ready policy ${policy} allows`]),
        ...(ready === undefined && policy !== undefined
          ? [`as far as a policy of ${policy.length} characters allows`]
          : []),
        ...(durationSeconds === undefined ? [] : [`for ${durationSeconds} s at most`]),
      ].join(", "),
    };
  });
}

/**
 * Under a name of its own, which holds all that is taken away: no unlimited session is ever found by it. CloudTrail names the
 * agent by the description of the call, so that each agent has a session of its own.
 */
function limitedItem({ name, label }: ItemName, profile: string, parts: readonly unknown[]): ItemName {
  return {
    name: `${name} limited ${fingerprint(["limited", ...parts])}`,
    label: `${label}, limited as ${profile}`,
  };
}
