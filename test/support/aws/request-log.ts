/** Parameters whose values nobody may see, kept apart so that a test can look for them everywhere else. */
const secretParameters = new Set(["TokenCode", "WebIdentityToken", "Session", "SigninToken"]);

/** How a request ended. `refused` has AWS's code; `fault` was done to it on purpose, before or after the action. */
export type Outcome = "ok" | "refused" | "fault" | "bug";

/** One request, as the fake saw it. */
export interface LoggedRequest {
  /** The fake's clock, milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly action: string;
  readonly service: string;
  /** Without those that are secret. */
  readonly parameters: Record<string, string>;
  /** What the request carried in secret: `TokenCode`, `WebIdentityToken`, `Session`, `SigninToken`, `sessionToken`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly userAgent: string;
  accessKeyId?: string;
  /** Present once the credentials and the signature were found to be right. */
  callerArn?: string;
  outcome: Outcome;
  /** AWS's error code, where it was refused. */
  code?: string;
  /** The kind of the fault that was done to it. */
  fault?: string;
  /** Access key id of the credentials that were issued for it. */
  issuedKeyId?: string;
}

/** Every request in the order of arrival. */
export class RequestLog {
  readonly all: LoggedRequest[] = [];

  /** How often an action was asked for, or with an outcome how often it ended so. */
  count(action: string, outcome?: Outcome): number {
    return this.of(action).filter((request) => outcome === undefined || request.outcome === outcome).length;
  }

  of(action: string): LoggedRequest[] {
    return this.all.filter((request) => request.action === action);
  }

  /** `{ GetSessionToken: 1, AssumeRole: 3 }` */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { action } of this.all) counts[action] = (counts[action] ?? 0) + 1;
    return counts;
  }

  last(): LoggedRequest | undefined {
    return this.all.at(-1);
  }

  clear(): void {
    this.all.length = 0;
  }
}

/** Splits a request's parameters into what may be shown and what may not. */
export function splitSecrets(values: ReadonlyMap<string, string>) {
  const entries = [...values];
  return {
    parameters: Object.fromEntries(entries.filter(([name]) => !secretParameters.has(name))),
    secrets: Object.fromEntries(entries.filter(([name]) => secretParameters.has(name))),
  };
}
