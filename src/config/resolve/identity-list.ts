import type { AwsConfig } from "../aws-config.ts";
import { type CredentialKind, credentialKind, effectiveProfile, profileNames } from "./effective-profile.ts";
import type { Position } from "./identity.ts";
import { stanzaIdentity } from "./stanza.ts";

/** An identity in a list: its name and kind. */
export interface IdentityName {
  readonly name: string;
  /** `external`: SSO, web identity, a login session, or a foreign process. */
  readonly kind: "user" | "role" | "external";
  readonly position: Position;
}

const kinds: Readonly<Record<CredentialKind, IdentityName["kind"] | undefined>> = {
  role: "role",
  "static-keys": "user",
  "stored-keys": "user",
  "web-identity": "external",
  sso: "external",
  "login-session": "external",
  process: "external",
  alias: undefined,
  none: undefined,
};

/**
 * All identities in file order, those that only `[aws-as NAME]` makes last. Left out: generated profiles,
 * which stand for another identity, and profiles without credentials. A profile with an error is in the list.
 */
export function identityNames(config: AwsConfig): IdentityName[] {
  return profileNames(config).flatMap((name) => {
    const profile = effectiveProfile(config, name);
    const kind = profile && kinds[credentialKind(profile, config.files.credentials, "asked")];
    return profile && kind ? [{ name, kind, position: profile.position }] : [];
  });
}

/** A profile whose `credential_process` calls aws-as. */
export interface Stanza {
  readonly profile: string;
  readonly identity: string;
  /** True where the profile is the identity itself, adopted by `init --adopt`. */
  readonly adopted: boolean;
  /** The `credential_process` line. */
  readonly position: Position;
}

/** All generated profiles in file order, also those with other credentials that take precedence. */
export function stanzas(config: AwsConfig): Stanza[] {
  return [...config.profiles.values()].flatMap(({ name, properties }) => {
    const command = properties.get("credential_process");
    const identity = command && stanzaIdentity(command.value);
    return command && identity !== undefined
      ? [{ profile: name, identity, adopted: identity === name, position: command.position }]
      : [];
  });
}
