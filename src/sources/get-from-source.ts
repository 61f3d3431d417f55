import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import type { SourceCredentials, SourceRequest } from "./source.ts";

/** What the sources need of the process that we are. */
export interface SourceHost {
  readonly env: Environment;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Tells the person what is waited for. */
  tell(sentence: string): void;
}

/** Credentials from a source of any kind. Each kind is loaded when it is asked for. */
export async function getFromSource(request: SourceRequest, host: SourceHost): Promise<SourceCredentials> {
  const { root } = request;
  switch (root.kind) {
    default:
      throw new UserError(`a source of kind ${root.kind} cannot be used yet (${host.platform})`);
  }
}
