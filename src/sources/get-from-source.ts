import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Notes } from "../system/notes.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceCredentials, SourceRequest } from "./source.ts";

/** What the sources need of the process that we are. */
export interface SourceHost {
  readonly env: Environment;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly notes: Notes;
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
    default:
      throw new UserError(`a source of kind ${root.kind} cannot be used yet (${host.platform})`);
  }
}
