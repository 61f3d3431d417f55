import type { Secret } from "../system/secret.ts";

/** An access key: a long-term one, or with a session token a temporary one. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** Temporary credentials. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** An MFA device's serial (an ARN, or the number printed on a hardware device) with a code from it. */
export interface MfaProof {
  readonly serial: string;
  readonly code: string;
}

/** Where AWS is reached: the address and what shapes it; nothing about the caller. */
export interface Endpoint {
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  /** Overrides; absent means the SDK's own resolution for the region. */
  readonly stsUrl?: string;
  readonly iamUrl?: string;
  readonly ssoUrl?: string;
  readonly ssoOidcUrl?: string;
  readonly signinUrl?: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
  /** Path of a PEM file with certificate authorities to trust instead of Node's own. */
  readonly caBundle?: string;
}

export interface SessionTokenRequest {
  readonly key: AccessKey;
  /** Seconds, 900 to 129600. */
  readonly durationSeconds: number;
  readonly mfa?: MfaProof;
}

export interface AssumeRoleRequest {
  readonly key: AccessKey;
  readonly roleArn: string;
  readonly roleSessionName: string;
  /** Seconds, 900 to 43200. Absent: what STS gives by default, one hour. */
  readonly durationSeconds?: number | undefined;
  readonly mfa?: MfaProof;
  readonly externalId?: string;
  /** An inline session policy, JSON. */
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
}

/** A session that is to have less power, or a shorter life; at least one of the two is said. */
export interface ScopedRequest {
  readonly key: AccessKey;
  /** A policy document in JSON, of at most 2,048 characters. */
  readonly policy?: string | undefined;
  /** Seconds, no more than the session has left. Absent: until it ends. */
  readonly durationSeconds?: number | undefined;
  /** What CloudTrail shows, of at most 256 characters. */
  readonly description: string;
}

/** A role that a token stands for: no key signs the call. */
export interface WebIdentityRequest {
  readonly token: Secret;
  readonly roleArn: string;
  readonly roleSessionName: string;
  /** Seconds, 900 to 43200. Absent: what STS gives by default, one hour. */
  readonly durationSeconds?: number | undefined;
}

export interface FederationTokenRequest {
  readonly key: AccessKey;
  /** Of the session, 2 to 32 characters. CloudTrail shows it. */
  readonly name: string;
  /** An inline session policy, JSON: without one the session may do nothing. */
  readonly policy: string;
  /** Seconds, 900 to 129600. Absent: what STS gives by default, 12 hours. */
  readonly durationSeconds?: number | undefined;
}

export interface SignInTokenRequest {
  readonly key: AccessKey;
  /** Seconds that the console's session lasts, 900 to 43200; absent: as long as the session of the key does. */
  readonly sessionSeconds?: number | undefined;
}

export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

/** A user's MFA devices, as IAM lists them. */
export interface MfaDevices {
  /** Virtual and hardware ones, FIDO ones too. */
  readonly serials: readonly string[];
  /** The IAM user's name; undefined where there is no device to tell it. */
  readonly user?: string | undefined;
}

/** A long-term key as IAM lists it. */
export interface ListedKey {
  readonly accessKeyId: string;
  readonly active: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A long-term key that IAM has just made. IAM shows its secret this once and never again. */
export interface CreatedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** What a caller of AWS needs from STS and IAM. Every method fails with an AwsError and nothing else. */
export interface Aws {
  /** STS GetSessionToken: a base session from a long-term key. */
  getSessionToken(endpoint: Endpoint, request: SessionTokenRequest): Promise<SessionCredentials>;
  /** STS AssumeRole. */
  assumeRole(endpoint: Endpoint, request: AssumeRoleRequest): Promise<SessionCredentials>;
  /**
   * STS AssumeRoleWithWebIdentity. `expired-credentials` when the token is over, `invalid-credentials` when AWS does not
   * take it.
   */
  assumeRoleWithWebIdentity(endpoint: Endpoint, request: WebIdentityRequest): Promise<SessionCredentials>;
  /**
   * STS GetScopedCredentials: the same session with less power. Only temporary credentials can be narrowed.
   * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
   */
  getScopedCredentials(endpoint: Endpoint, request: ScopedRequest): Promise<SessionCredentials>;
  /** STS GetFederationToken: a session of a user, which the console takes, from a long-term key. */
  getFederationToken(endpoint: Endpoint, request: FederationTokenRequest): Promise<SessionCredentials>;
  /**
   * The federation endpoint's getSigninToken: what signs a browser in, for a quarter of an hour. `access-denied` for any
   * session that the console does not take; AWS gives no reason.
   */
  getSignInToken(endpoint: Endpoint, request: SignInTokenRequest): Promise<Secret>;
  /** STS GetCallerIdentity: whose key this is. */
  getCallerIdentity(endpoint: Endpoint, key: AccessKey): Promise<CallerIdentity>;
  /** IAM ListMFADevices of the calling user. */
  listMfaDevices(endpoint: Endpoint, key: AccessKey): Promise<MfaDevices>;
  /** IAM ListAccessKeys of the calling user; AWS allows two. */
  listAccessKeys(endpoint: Endpoint, key: AccessKey): Promise<readonly ListedKey[]>;
  /**
   * IAM CreateAccessKey for the calling user. A request that may have arrived is never sent again: it would make a
   * second key. `limit-exceeded` when there are two already.
   */
  createAccessKey(endpoint: Endpoint, key: AccessKey): Promise<CreatedKey>;
  /** IAM UpdateAccessKey of the calling user: active, or inactive. `not-found` when there is no such key. */
  setAccessKeyActive(endpoint: Endpoint, key: AccessKey, accessKeyId: string, active: boolean): Promise<void>;
  /** IAM DeleteAccessKey of the calling user. `not-found` when there is no such key. */
  deleteAccessKey(endpoint: Endpoint, key: AccessKey, accessKeyId: string): Promise<void>;
  /** IAM GetAccessKeyLastUsed: milliseconds since 1970; undefined when it never was. IAM knows it some hours late. */
  accessKeyLastUsed(endpoint: Endpoint, key: AccessKey, accessKeyId: string): Promise<number | undefined>;
}
