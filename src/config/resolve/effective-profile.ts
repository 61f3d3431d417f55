import type { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import type { Position, Property } from "./identity.ts";
import { stanzaIdentity } from "./stanza.ts";

/** `[aws-as NAME]` laid over the profile NAME, property by property. */
export interface EffectiveProfile {
  readonly name: string;
  /** The profile's header, else that of `[aws-as NAME]`. */
  readonly position: Position;
  /** Why nothing of it may be used: a line that cannot be read, in either section. */
  readonly error: UserError | undefined;
  /**
   * The property in effect; undefined when it is not set. An empty value counts as not set, so an empty one in
   * `[aws-as NAME]` turns the profile's own off.
   */
  get(property: string): Property | undefined;
  /** The same for properties that only `[aws-as NAME]` can set. */
  getOwn(property: string): Property | undefined;
  /** All that `get` gives. */
  all(): Map<string, Property>;
}

/** Undefined when neither file has a profile or an `[aws-as]` section of that name. */
export function effectiveProfile(config: AwsConfig, name: string): EffectiveProfile | undefined {
  const own = config.ours.get(name);
  const shared = config.profiles.get(name);
  const position = shared?.position ?? own?.position;
  if (position === undefined) return undefined;
  return {
    name,
    position,
    error: own?.error ?? shared?.error,
    get(property) {
      const found = own?.properties.get(property) ?? shared?.properties.get(property);
      return found?.value ? found : undefined;
    },
    getOwn(property) {
      const found = own?.properties.get(property);
      return found?.value ? found : undefined;
    },
    all() {
      const merged = new Map([...(shared?.properties ?? []), ...(own?.properties ?? [])]);
      for (const [property, { value }] of merged) if (value === "") merged.delete(property);
      return merged;
    },
  };
}

/** Every name that has a profile or an `[aws-as]` section of its own: profiles in file order, then the rest. */
export function profileNames(config: AwsConfig): string[] {
  return [...new Set([...config.profiles.keys(), ...config.ours.keys()])];
}

/**
 * Where a profile's credentials come from. `stored-keys`: `[aws-as NAME]` has the key's id, our store its secret.
 * `alias`: a generated profile, which stands for another identity. `limited`: another identity, with less power.
 */
export type CredentialKind =
  | "role"
  | "web-identity"
  | "sso"
  | "static-keys"
  | "stored-keys"
  | "login-session"
  | "alias"
  | "limited"
  | "process"
  | "none";

/**
 * Chooses by rule 26, for a profile that was asked for or (rule 21) reached through `source_profile`. Only looks at
 * which properties are there; the reader of that kind checks that they are complete.
 */
export function credentialKind(
  profile: EffectiveProfile,
  credentialsFile: string,
  reached: "asked" | "source",
): CredentialKind {
  const has = (property: string) => profile.get(property) !== undefined;
  if (profile.getOwn("limits") !== undefined) return "limited";
  const keys = keysOf(profile, credentialsFile);
  if (reached === "source" && keys !== undefined) return keys;
  const otherSource = has("source_profile") || has("credential_source");
  if (has("role_arn")) return has("web_identity_token_file") && !otherSource ? "web-identity" : "role";
  if (has("web_identity_token_file")) return "web-identity";
  if (has("sso_account_id") || has("sso_role_name")) return "sso";
  if (keys !== undefined) return keys;
  if (has("login_session")) return "login-session";
  const command = profile.get("credential_process");
  const target = command && stanzaIdentity(command.value);
  if (target !== undefined && target !== profile.name) return "alias";
  if (command && target === undefined) return "process";
  // An SSO session without account and role is for tools that want a bearer token. Such a profile often has credentials
  // of another kind too, so this comes last.
  return has("sso_session") || has("sso_start_url") ? "sso" : "none";
}

/** Where the profile's own keys are: credentials file, our store, config file, in this order. Half a key counts. */
export function keysOf(
  profile: EffectiveProfile,
  credentialsFile: string,
): "static-keys" | "stored-keys" | undefined {
  const pair = [profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")];
  if (pair.some((half) => half?.position.file === credentialsFile)) return "static-keys";
  if (profile.getOwn("access_key_id") !== undefined) return "stored-keys";
  return pair.some((half) => half !== undefined) ? "static-keys" : undefined;
}

/** Stands between a name and what limits it for one use. No profile and no role has an `=` behind a colon in its name. */
const sign = ":limit=";

/** A name and its limits, the innermost first, each a ready policy or the path of a file: `my-role1:limit=read-only`. Pure. */
export function readLimitedName(name: string): { readonly base: string; readonly limits: readonly string[] } {
  const [base = "", ...limits] = name.split(sign);
  return { base, limits };
}

/** The name with a further limit, unless that is its last one already. Pure. */
export function limitedName(name: string, limit: string): string {
  return readLimitedName(name).limits.at(-1) === limit ? name : `${name}${sign}${limit}`;
}

/** The same without limits: what a section of the AWS files bears. Pure. */
export function baseName(name: string): string {
  return readLimitedName(name).base;
}
