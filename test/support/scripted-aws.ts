import type { Aws, MfaProof, SessionCredentials } from "../../src/aws/aws.ts";
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
  const aws: ScriptedAws = {
    calls,
    wrongCodes,
    revoked,
    failures,
    devices: [],
    getSessionToken: (_, { key, mfa, durationSeconds }) =>
      answer("base", key.accessKeyId, mfa, durationSeconds),
    assumeRole: (_, { key, mfa, roleArn, durationSeconds = 3600 }) =>
      answer(`${roleArn.split("/").at(-1)} by ${key.accessKeyId}`, key.accessKeyId, mfa, durationSeconds),
    getCallerIdentity: async () => ({ account: "111111111111", arn: "arn", userId: "id" }),
    listMfaDevices: async () => {
      calls.push("list devices");
      if (aws.devices instanceof AwsError) throw aws.devices;
      return aws.devices;
    },
  };
  return aws;
}
