import type { Environment } from "../../system/environment.ts";

/** Who a shell acts as, told from its variables alone: no secret is read, and nobody is asked. */
export interface ShellStatus {
  /** null: aws-as has set nobody here. */
  readonly identity: string | null;
  /** The last four characters of the access key id in the shell; null when there is none. */
  readonly key: string | null;
  /** What a client would use is not what the identity's name was given with: another key, or a profile that beats keys. */
  readonly changed: boolean;
  /** RFC 3339; null when unknown. */
  readonly expiration: string | null;
  /** Milliseconds until then, negative when it is past; null when unknown. */
  readonly left: number | null;
  /** What AWS clients fall back to or prefer: AWS_PROFILE, if it is set. */
  readonly profile: string | null;
  readonly region: string | null;
}

/** @param now milliseconds since 1970 */
export function shellStatus(env: Environment, now: number): ShellStatus {
  const key = env["AWS_ACCESS_KEY_ID"];
  const identity = env["AWS_AS_IDENTITY"] ?? null;
  const profile = env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || null;
  const end = Date.parse(env["AWS_CREDENTIAL_EXPIRATION"] ?? "");
  return {
    identity,
    key: key ? key.slice(-4) : null,
    changed: identity !== null && (key !== env["AWS_AS_ACCESS_KEY_ID"] || profile !== null),
    expiration: Number.isNaN(end) ? null : (env["AWS_CREDENTIAL_EXPIRATION"] ?? null),
    left: Number.isNaN(end) ? null : end - now,
    profile,
    region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || null,
  };
}
