import type { Aws, ListedKey, MfaProof, SessionCredentials } from "../../src/aws/aws.ts";
import { AwsError } from "../../src/aws/aws-error.ts";
import type { Clock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";

/** One call as the test sees it: `base 123456`, `role arn by KEYID`. */
export interface ScriptedAws extends Aws {
  readonly calls: string[];
  /** Codes that are refused as wrong. */
  readonly wrongCodes: Set<string>;
  /** Access key ids that are refused as unknown. */
  readonly revoked: Set<string>;
  /** Failures to throw, one a call, before anything else is looked at. */
  readonly failures: AwsError[];
  devices: readonly string[] | AwsError;
  /** The long-term keys of the one user that IAM is asked about. */
  keys: ListedKey[];
  /** Milliseconds since 1970 by key id; a key that is not here was never used. */
  readonly lastUsed: Map<string, number>;
}

/** An AWS port with a memory: for the order of calls. What AWS would refuse is the strict fake's part. */
export function scriptedAws(clock: Clock): ScriptedAws {
  const calls: string[] = [];
  const wrongCodes = new Set<string>();
  const revoked = new Set<string>();
  const failures: AwsError[] = [];
  let number = 0;
  const answer = async (
    call: string,
    key: string,
    mfa: MfaProof | undefined,
    seconds: number,
  ): Promise<SessionCredentials> => {
    calls.push(mfa === undefined ? call : `${call} ${mfa.code}`);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    if (revoked.has(key)) throw new AwsError("invalid-credentials", "the security token is invalid");
    if (mfa !== undefined && wrongCodes.has(mfa.code)) throw new AwsError("wrong-mfa-code", "wrong code");
    number++;
    return {
      accessKeyId: `ASIA${number}`,
      secretAccessKey: new Secret(`secret-${number}`),
      sessionToken: new Secret(`token-${number}`),
      expiresAt: clock.now() + seconds * 1000,
    };
  };
  const iam = (call: string, key: string): void => {
    calls.push(call);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    if (revoked.has(key)) throw new AwsError("invalid-credentials", "the security token is invalid");
  };
  const aws: ScriptedAws = {
    calls,
    wrongCodes,
    revoked,
    failures,
    devices: [],
    keys: [],
    lastUsed: new Map(),
    getSessionToken: (_, { key, mfa, durationSeconds }) =>
      answer("base", key.accessKeyId, mfa, durationSeconds),
    assumeRole: (_, { key, mfa, roleArn, durationSeconds = 3600 }) =>
      answer(`${roleArn.split("/").at(-1)} by ${key.accessKeyId}`, key.accessKeyId, mfa, durationSeconds),
    assumeRoleWithWebIdentity: (_, { roleArn, durationSeconds = 3600 }) =>
      answer(`${roleArn.split("/").at(-1)} by token`, "", undefined, durationSeconds),
    getScopedCredentials: (_, { key, durationSeconds = 3600 }) =>
      answer(`less of ${key.accessKeyId}`, key.accessKeyId, undefined, durationSeconds),
    getFederationToken: (_, { key, durationSeconds = 43_200 }) =>
      answer("federation", key.accessKeyId, undefined, durationSeconds),
    getSignInToken: async (_, { key, sessionSeconds }) => {
      const wish = sessionSeconds === undefined ? "" : ` for ${sessionSeconds}`;
      iam(`sign in ${key.accessKeyId}${wish}`, key.accessKeyId);
      return new Secret("sign-in-token");
    },
    getCallerIdentity: async (_, { accessKeyId }) => {
      iam(`who is ${accessKeyId}`, accessKeyId);
      return { account: "111111111111", arn: "arn:aws:iam::111111111111:user/me", userId: "id" };
    },
    listMfaDevices: async () => {
      calls.push("list devices");
      if (aws.devices instanceof AwsError) throw aws.devices;
      return { serials: aws.devices };
    },
    listAccessKeys: async (_, { accessKeyId }) => {
      iam("list keys", accessKeyId);
      return aws.keys;
    },
    createAccessKey: async (_, { accessKeyId }) => {
      iam("create key", accessKeyId);
      if (aws.keys.length >= 2)
        throw new AwsError("limit-exceeded", "cannot exceed quota for AccessKeysPerUser: 2");
      number++;
      const made = { accessKeyId: `AKIANEW${number}`, createdAt: clock.now() };
      aws.keys = [...aws.keys, { ...made, active: true }];
      return { ...made, secretAccessKey: new Secret(`new-secret-${number}`) };
    },
    setAccessKeyActive: async (_, { accessKeyId }, id, active) => {
      iam(`${active ? "activate" : "deactivate"} ${id}`, accessKeyId);
      aws.keys = aws.keys.map((each) => (each.accessKeyId === id ? { ...each, active } : each));
    },
    deleteAccessKey: async (_, { accessKeyId }, id) => {
      iam(`delete ${id}`, accessKeyId);
      aws.keys = aws.keys.filter((each) => each.accessKeyId !== id);
    },
    accessKeyLastUsed: async (_, { accessKeyId }, id) => {
      iam(`last used ${id}`, accessKeyId);
      return aws.lastUsed.get(id);
    },
  };
  return aws;
}
