import { dirname, join } from "node:path";
import type { AwsConfig } from "../aws-config.ts";
import { type CredentialKind, credentialKind, effectiveProfile, profileNames } from "./effective-profile.ts";
import type { Position } from "./identity.ts";

/** An identity in a list: its name and kind. */
export interface IdentityName {
  readonly name: string;
  /** `limited`: another identity, with less power. `external`: SSO, web identity, a login session, or another program's process. */
  readonly kind: "user" | "role" | "external" | "limited";
  readonly position: Position;
  /** The file of the project has the name. */
  readonly ofProject?: boolean;
}

const kinds: Readonly<Record<CredentialKind, IdentityName["kind"] | undefined>> = {
  role: "role",
  "static-keys": "user",
  "stored-keys": "user",
  "web-identity": "external",
  sso: "external",
  "login-session": "external",
  process: "external",
  limited: "limited",
  alias: undefined,
  none: undefined,
};

/** Whether there is a project's file above a folder, wherever that ends: a first look, before anything is read. */
export function mayHaveProject(folder: string, isThere: (path: string) => boolean): boolean {
  for (let here = folder; ; here = dirname(here)) {
    if (isThere(join(here, ".aws-as"))) return true;
    if (dirname(here) === here) return false;
  }
}

/** Names of the project's file, as identities, after those of the files that they cannot stand in for. Pure. */
export function projectIdentities({ project }: AwsConfig): IdentityName[] {
  return [...(project ?? [])].map(([name, { position }]) => ({
    name,
    kind: "role",
    position,
    ofProject: true,
  }));
}

/**
 * All identities in file order, those that only `[aws-as NAME]` makes last. Left out: profiles that run aws-as for
 * another identity, and profiles without credentials. A profile with an error is in the list.
 */
export function identityNames(config: AwsConfig): IdentityName[] {
  return profileNames(config).flatMap((name) => {
    const profile = effectiveProfile(config, name);
    const known = profile && kinds[credentialKind(profile, config.files.credentials, "asked")];
    // The line that cannot be read may be the one that says where credentials come from.
    const kind = known ?? (profile?.error && "external");
    return profile && kind ? [{ name, kind, position: profile.position }] : [];
  });
}
