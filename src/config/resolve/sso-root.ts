import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { quote } from "../shown.ts";
import type { EffectiveProfile } from "./effective-profile.ts";
import type { Property, Root } from "./identity.ts";
import { lostReference } from "./unread.ts";

type SsoRoot = Extract<Root, { kind: "sso" }>;

/** Reads the SSO settings of a profile by rule 25, in the `sso_session` form or the legacy one. */
export function ssoRoot(config: AwsConfig, profile: EffectiveProfile): SsoRoot {
  const account = profile.get("sso_account_id");
  const role = profile.get("sso_role_name");
  const who = `profile ${quote(profile.name)}`;
  const one = account ?? role;
  if (one !== undefined && (account === undefined || role === undefined)) {
    const [said, missing] = account
      ? ["sso_account_id", "sso_role_name"]
      : ["sso_role_name", "sso_account_id"];
    throw new UserError(`${who} has ${said} but no ${missing}`, { at: one.position });
  }
  const { session, startUrl, region } = profile.get("sso_session")
    ? sessionForm(config, profile)
    : { session: undefined, ...legacyForm(profile) };
  return {
    kind: "sso",
    profile: profile.name,
    ...(session !== undefined && { session }),
    startUrl,
    region,
    ...(account && role && { accountId: account.value, roleName: role.value }),
    position: (profile.get("sso_session") ?? profile.get("sso_start_url") ?? profile).position,
  };
}

interface SsoPlace {
  readonly session?: string;
  readonly startUrl: string;
  readonly region: string;
}

function sessionForm(config: AwsConfig, profile: EffectiveProfile): SsoPlace {
  const session = profile.get("sso_session") as Property;
  const section = config.ssoSessions.get(session.value);
  if (section === undefined) {
    const said = `profile ${quote(profile.name)} names sso_session ${quote(session.value)}`;
    const none = `there is no [sso-session ${session.value.replace(/[^\w.@:/+% -]/g, "?")}]`;
    throw lostReference(config, "sso-session", session, {
      said,
      none,
      names: [...config.ssoSessions.keys()],
    });
  }
  if (section.error !== undefined) throw section.error;
  const read = (name: string): string => {
    const value = section.properties.get(name)?.value;
    if (!value)
      throw new UserError(`sso-session ${quote(section.name)} has no ${name}`, { at: section.position });
    const own = profile.get(name);
    if (own !== undefined && own.value !== value) {
      throw new UserError(
        `profile ${quote(profile.name)} says another ${name} than its sso-session ${quote(section.name)}`,
        { at: own.position },
      );
    }
    return value;
  };
  return { session: session.value, startUrl: read("sso_start_url"), region: read("sso_region") };
}

function legacyForm(profile: EffectiveProfile): Omit<SsoPlace, "session"> {
  const read = (name: string): string => {
    const value = profile.get(name)?.value;
    if (value === undefined) {
      throw new UserError(`profile ${quote(profile.name)} uses SSO, but has no ${name}`, {
        at: profile.position,
      });
    }
    return value;
  };
  return { startUrl: read("sso_start_url"), region: read("sso_region") };
}
