import type { Aws } from "../aws/aws.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Notes } from "../system/files/notes.ts";
import type { SourceCredentials, SourceRequest } from "./source.ts";

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
    case "process":
      return (await import("./foreign-process.ts")).getFromProcess(root, request, host);
  }
}
