import type { PolicyDocument } from "./policy.ts";
import type { MfaDevice, World } from "./world.ts";

/** What a trust policy asks for. Principals are ARNs, account ids or `*`. */
export interface Trust {
  readonly principals: readonly string[];
  readonly mfa?: boolean;
  /** Seconds since the code was given, at most. */
  readonly maxMfaAge?: number;
  readonly externalId?: string;
  /** True: the caller may set these too. */
  readonly allowTags?: boolean;
  readonly allowSourceIdentity?: boolean;
}

/** A trust policy as one would write it in IAM. */
export function trust(wish: Trust): PolicyDocument {
  const bool = wish.mfa ? { Bool: { "aws:MultiFactorAuthPresent": "true" } } : {};
  const age =
    wish.maxMfaAge === undefined
      ? {}
      : { NumericLessThan: { "aws:MultiFactorAuthAge": String(wish.maxMfaAge) } };
  const external =
    wish.externalId === undefined ? {} : { StringEquals: { "sts:ExternalId": wish.externalId } };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: [...wish.principals] },
        Action: [
          "sts:AssumeRole",
          ...(wish.allowTags ? ["sts:TagSession"] : []),
          ...(wish.allowSourceIdentity ? ["sts:SetSourceIdentity"] : []),
        ],
        Condition: { ...bool, ...age, ...external },
      },
    ],
  };
}

/** An identity policy of one statement. */
export function policy(effect: "Allow" | "Deny", action: string | string[], resource = "*"): PolicyDocument {
  return { Version: "2012-10-17", Statement: [{ Effect: effect, Action: action, Resource: resource }] };
}

/** The names in the ready world, so that no test spells them out. The secrets are made up. */
export const one = {
  account: "111111111111",
  otherAccount: "222222222222",
  userArn: "arn:aws:iam::111111111111:user/my-user1",
  accessKeyId: "AKIAFAKEUSER1KEY0001",
  secretAccessKey: "fake/Secret+Key/of/my-user1/0123456789AB",
  mfaSerial: "arn:aws:iam::111111111111:mfa/my-user1",
  /** Base32, as an authenticator app is given it. */
  mfaSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  role1: "arn:aws:iam::111111111111:role/my-role1",
  role2: "arn:aws:iam::111111111111:role/my-role2",
  /** Trusts my-role1 only. */
  role3: "arn:aws:iam::111111111111:role/my-role3",
  /** In the other account, wants the external id, and no MFA. */
  partnerRole: "arn:aws:iam::222222222222:role/partner-role",
  externalId: "my-external-id",
} as const;

/**
 * A user with a key and a virtual MFA device; my-role1 (up to 12 h) and my-role2 (up to 1 h) trust the account and want
 * MFA; my-role3 trusts my-role1; partner-role lies in a second account and wants an external id.
 */
export function worldOfOne(): World {
  const device: MfaDevice = { kind: "virtual", serial: one.mfaSerial, secret: one.mfaSecret };
  return {
    accounts: [
      {
        id: one.account,
        users: [
          {
            name: "my-user1",
            accessKeys: [{ id: one.accessKeyId, secret: one.secretAccessKey, status: "active" }],
            mfaDevices: [device],
            policies: [policy("Allow", ["sts:*", "iam:ListMFADevices"])],
          },
        ],
        roles: [
          {
            name: "my-role1",
            maxSessionDuration: 43_200,
            trust: trust({ principals: [`arn:aws:iam::${one.account}:root`], mfa: true }),
            policies: [policy("Allow", "sts:AssumeRole", one.role3)],
          },
          {
            name: "my-role2",
            trust: trust({
              principals: [one.userArn],
              mfa: true,
              allowTags: true,
              allowSourceIdentity: true,
            }),
            policies: [],
          },
          {
            name: "my-role3",
            maxSessionDuration: 43_200,
            trust: trust({ principals: [one.role1] }),
            policies: [],
          },
        ],
      },
      {
        id: one.otherAccount,
        users: [],
        roles: [
          {
            name: "partner-role",
            trust: trust({ principals: [one.account], externalId: one.externalId }),
            policies: [],
          },
        ],
      },
    ],
  };
}

/**
 * The texts of `~/.aws/config` and `~/.aws/credentials` that fit the ready world: profiles my-user1, my-role1, my-role2,
 * my-role3 (by my-role1) and partner. With an endpoint, every profile goes there; without, the environment has to say.
 */
export function awsFilesOfOne(options: { region?: string; endpointUrl?: string } = {}) {
  const common = [
    `region = ${options.region ?? "eu-west-1"}`,
    ...(options.endpointUrl === undefined ? [] : [`endpoint_url = ${options.endpointUrl}`]),
  ];
  const role = (name: string, arn: string, source: string, ...more: string[]) =>
    [`[profile ${name}]`, ...common, `role_arn = ${arn}`, `source_profile = ${source}`, ...more].join("\n");
  const mfa = `mfa_serial = ${one.mfaSerial}`;
  const config = [
    ["[profile my-user1]", ...common, mfa].join("\n"),
    role("my-role1", one.role1, "my-user1", mfa),
    role("my-role2", one.role2, "my-user1", mfa),
    role("my-role3", one.role3, "my-role1"),
    role("partner", one.partnerRole, "my-user1", `external_id = ${one.externalId}`),
  ].join("\n\n");
  const credentials = [
    "[my-user1]",
    `aws_access_key_id = ${one.accessKeyId}`,
    `aws_secret_access_key = ${one.secretAccessKey}`,
  ].join("\n");
  return { config: `${config}\n`, credentials: `${credentials}\n` };
}

/** Two of its identities, limited to reading. */
export const readOnlyOfOne = `
[aws-as my-role1-ro]
limits = my-role1
policy = read-only

[aws-as my-user1-ro]
limits = my-user1
policy = read-only
`;
