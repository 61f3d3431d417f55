import type { PolicyDocument } from "./policy.ts";
import { mintToken } from "./web-token.ts";
import type { IdentityProvider, World } from "./world.ts";
import { one, policy, trust, worldOfOne } from "./world-of-one.ts";

/** What is in the world of sources. */
export const outside = {
  /** By a token of the cluster. */
  webRole: `arn:aws:iam::${one.account}:role/web`,
  /** Of an instance, a task or a pod. */
  machineRole: `arn:aws:iam::${one.account}:role/machine`,
  /** Trusts the account. */
  roleOnTop: `arn:aws:iam::${one.account}:role/on-top`,
  subject: "system:serviceaccount:shop:cart",
} as const;

/** A cluster whose tokens the account takes. */
export const cluster: IdentityProvider = {
  issuer: "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF",
  audiences: ["sts.amazonaws.com"],
  secret: "the cluster signs with this",
};

/** The ready world, with a role for a service of a cluster, one for machines, and one on top of them. */
export function worldOfSources(): World {
  const world = worldOfOne();
  const federated: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${one.account}:oidc-provider/${cluster.issuer}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${cluster.issuer}:sub`]: outside.subject } },
      },
    ],
  };
  const mayAssume = [policy("Allow", "sts:AssumeRole")];
  for (const account of world.accounts) {
    if (account.id !== one.account) continue;
    account.identityProviders = [cluster];
    account.roles.push(
      { name: "web", maxSessionDuration: 43_200, trust: federated, policies: mayAssume },
      { name: "machine", trust: trust({ principals: ["ec2.amazonaws.com"] }), policies: mayAssume },
      { name: "on-top", trust: trust({ principals: [one.account] }), policies: mayAssume },
    );
  }
  return world;
}

/** A token of the cluster, good for an hour from that moment (milliseconds since 1970). */
export function clusterToken(
  now: number,
  claims: { sub?: string; aud?: string; iss?: string; seconds?: number } = {},
): string {
  const iat = Math.floor(now / 1000);
  const { sub = outside.subject, aud = "sts.amazonaws.com", iss = `https://${cluster.issuer}` } = claims;
  return mintToken(cluster, { iss, aud, sub, iat, exp: iat + (claims.seconds ?? 3600) });
}
