import type { AccessKey, Aws, Endpoint } from "../aws/aws.ts";
import type { Root } from "../config/resolve/identity.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Notes } from "../system/files/notes.ts";

/** A root whose credentials come from elsewhere, not from a key in the store. */
export type SourceRoot = Exclude<Root, { kind: "static-keys" | "stored-keys" }>;

/** A root that another program signs in to, and out of. */
export type SignInRoot = Extract<Root, { kind: "sso" | "login-session" }>;

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
  /** Milliseconds of the monotonic clock after which the answer comes too late. */
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

/** What the sources need of the process that we are. */
export interface SourceHost {
  readonly env: Environment;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly notes: Notes;
  readonly aws: Aws;
  /** Tells the person what is waited for. */
  tell(sentence: string): void;
  /** Waits for a lock between processes; undefined when it could not be had before the deadline. */
  lock(name: string, deadline: number | undefined): Promise<{ release(): void } | undefined>;
}

/** Credentials from a source of any kind. Each kind is loaded when it is asked for. */
export async function getFromSource(request: SourceRequest, host: SourceHost): Promise<SourceCredentials> {
  const { root } = request;
  switch (root.kind) {
    case "sso":
      return (await import("./sso.ts")).getFromSso(root, request, host);
    case "login-session":
      return (await import("./login-session.ts")).getFromLoginSession(root, request, host);
    case "web-identity":
      return (await import("./web-identity.ts")).getFromWebIdentity(root, request, host);
    case "credential-source":
      return root.source === "EcsContainer"
        ? (await import("./container.ts")).getFromContainer(root, request, host)
        : (await import("./instance-metadata.ts")).getFromInstance(root, request, host);
    case "temporary-keys": {
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = root;
      return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
    }
    case "process":
      return (await import("./foreign-process.ts")).getFromProcess(root, request, host);
  }
}
