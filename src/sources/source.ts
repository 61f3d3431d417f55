import type { AccessKey, Endpoint } from "../aws/aws.ts";
import type { Root } from "../config/resolve/identity.ts";

/** A root whose credentials come from elsewhere, not from a key in the store. */
export type SourceRoot = Exclude<Root, { kind: "static-keys" | "stored-keys" }>;

/** A request for credentials from a source. */
export interface SourceRequest {
  readonly root: SourceRoot;
  /** The identity that was asked for, for messages and hints. */
  readonly identity: string;
  /** Where STS is reached, for sources that are a call to it. */
  readonly endpoint: Endpoint;
  /** A valid role session name, for a web identity whose profile says none. */
  readonly roleSessionName: string;
  /** Whether a person may be sent to a browser, or be asked by the source itself. */
  readonly mayAsk: boolean;
  /** Milliseconds since 1970: what a person refused at this moment or later is not asked again. Absent: ask. */
  readonly refusedSince?: number;
  /** Milliseconds since 1970 after which the answer comes too late. */
  readonly deadline?: number | undefined;
}

/** What a source gave. Without `sessionToken` it is a long-term key; without `expiresAt` its end is unknown. */
export interface SourceCredentials extends AccessKey {
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

/**
 * Gets credentials from a source. Nothing is cached here; the caller does that.
 *
 * @throws UserError that says what to do; with exit status 130 when a person said no. A refusal of AWS is an AwsError.
 */
export type GetFromSource = (request: SourceRequest) => Promise<SourceCredentials>;
