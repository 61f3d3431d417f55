import type { Session } from "../sessions.ts";

/** The `Credentials` element. Times as STS writes them: whole seconds, UTC. */
export function credentialsElement(session: Session) {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: formatTime(session.expiresAt),
  };
}

/** `2030-01-31T23:59:59Z` */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
