import type { AccessKey, Endpoint } from "../aws/aws.ts";
import type { Root } from "../config/resolve/identity.ts";

/** A root whose credentials somebody else gives: no key of ours. */
export type SourceRoot = Exclude<Root, { kind: "static-keys" | "stored-keys" }>;

/** What is wanted of a source, and by whom. */
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
  /** Milliseconds since 1970 after which nobody waits for the answer any more. */
  readonly deadline?: number | undefined;
}

/** What a source gave. Without `sessionToken` it is a long-term key; without `expiresAt` its end is unknown. */
export interface SourceCredentials extends AccessKey {
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

/**
 * Gets credentials from a source, every time anew: whoever calls keeps them.
 *
 * @throws UserError that says what to do; with exit status 130 when a person said no. A refusal of AWS is an AwsError.
 */
export type GetFromSource = (request: SourceRequest) => Promise<SourceCredentials>;
