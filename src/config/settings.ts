import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import type { AwsConfig } from "./aws-config.ts";
import { baseName } from "./resolve/effective-profile.ts";
import type { Property } from "./resolve/identity.ts";
import { isNameForSts } from "./resolve/links.ts";
import { hintsFor, unreadSection } from "./resolve/unread.ts";
import { quote } from "./shown.ts";

/** The duration of a base session in seconds: STS's minimum, our default, and STS's maximum. */
const seconds = { min: 900, default: 43_200, max: 129_600 };

/**
 * One of our settings: from `[aws-as NAME]` or the profile of the first name that has it, else from `[aws-as]`. An empty
 * value means none and hides the later ones.
 */
export function settingOf(config: AwsConfig, key: string, ...names: string[]): string | undefined {
  return settingProperty(config, key, ...names)?.value;
}

function settingProperty(config: AwsConfig, key: string, ...names: string[]): Property | undefined {
  const own = names
    .map(baseName)
    .map(
      (name) => config.ours.get(name)?.properties.get(key) ?? config.profiles.get(name)?.properties.get(key),
    )
    .find((property) => property !== undefined);
  const said = own ?? config.settings?.properties.get(key);
  return said?.value ? said : undefined;
}

/** The command that prints MFA codes for an identity, with the profile at its root; undefined where there is none. */
export function mfaProcessOf(
  config: AwsConfig,
  env: Environment,
  identity: string,
  root: string,
): string | undefined {
  return env["AWS_AS_MFA_PROCESS"] || settingOf(config, "mfa_process", identity, root);
}

/** The duration of base sessions of the profile's key, in seconds. */
export function sessionSeconds(config: AwsConfig, profile: string): number {
  const said = settingProperty(config, "session_seconds", profile);
  if (said === undefined) return seconds.default;
  if (!isSessionSeconds(said.value)) {
    throw new UserError(
      `session_seconds = ${said.value} is not a number from ${seconds.min} to ${seconds.max}`,
      { at: said.position, hints: [`12 hours are session_seconds = ${seconds.default}`] },
    );
  }
  return Number(said.value);
}

/** True for a number of seconds that STS gives for a base session. */
export function isSessionSeconds(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= seconds.min && Number(text) <= seconds.max;
}

/** Seconds that the MFA code behind a role's session may be old, as its trust policy demands; undefined: any age. */
export function mfaSeconds(config: AwsConfig, profile: string): number | undefined {
  const said = settingProperty(config, "mfa_seconds", profile);
  if (said === undefined) return undefined;
  if (isMfaSeconds(said.value)) return Number(said.value);
  throw new UserError(`mfa_seconds = ${said.value} is not a number from 1 to ${seconds.max}`, {
    at: said.position,
    hints: ["where the code may be an hour old: mfa_seconds = 3600"],
  });
}

/** Minutes that a person's yes to a protected identity holds on its terminal. */
const protectedMinutesBy = { default: 15, max: 720 };

export function protectedMinutes(config: AwsConfig, identity: string): number {
  const said = settingProperty(config, "protected_minutes", identity);
  if (said === undefined) return protectedMinutesBy.default;
  const minutes = Number(said.value);
  if (/^\d+$/.test(said.value) && minutes <= protectedMinutesBy.max) return minutes;
  throw new UserError(
    `protected_minutes = ${said.value} is not a number from 0 to ${protectedMinutesBy.max}`,
    { at: said.position, hints: ["to be asked each time: protected_minutes = 0"] },
  );
}

/** True for a number of seconds that a base session can be old. */
export function isMfaSeconds(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= seconds.max;
}

/**
 * The role session name in the environment, for roles whose profile says none. Beside the variables of a web identity it
 * is the name of that one's session, which no profile knows of.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
export function sessionNameIn(env: Environment): string | undefined {
  const name = env["AWS_ROLE_SESSION_NAME"];
  if (!name || env["AWS_ROLE_ARN"] || env["AWS_WEB_IDENTITY_TOKEN_FILE"]) return undefined;
  if (isNameForSts(name)) return name;
  throw new UserError(`AWS_ROLE_SESSION_NAME ${quote(name)} must be 2 to 64 letters, digits or _+=,.@-`, {
    hints: ["unset AWS_ROLE_SESSION_NAME"],
  });
}

/** A valid role session name from the local user's name. CloudTrail shows it. */
export function sessionName(userName: string): string {
  const name = userName.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
  return name.length < 2 ? `aws-as-${name}`.replace(/-$/, "") : name;
}

/**
 * The addresses in the `[services NAME]` section that `services` names: `sts`, `iam`, `sso`, …, each from its sub-property
 * `endpoint_url`. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * @throws UserError where there is no such section: without it the call would go to AWS itself
 */
export function serviceUrls(
  config: AwsConfig,
  services: Property | undefined,
): ReadonlyMap<string, Property> {
  const urls = new Map<string, Property>();
  const section = services?.value ? config.services.get(services.value) : undefined;
  if (services?.value && section === undefined) {
    throw (
      unreadSection(config, "services", services.value) ??
      new UserError(`services = ${quote(services.value)}, and there is no [services] section of that name`, {
        at: services.position,
        hints: hintsFor(config, services.value, [...config.services.keys()]),
      })
    );
  }
  if (section?.error !== undefined) throw section.error;
  for (const [service, { value, position }] of section?.properties ?? []) {
    const url = /^endpoint_url\s*=\s*(.*\S)\s*$/m.exec(value)?.[1];
    if (url !== undefined) urls.set(service, { value: url, position });
  }
  return urls;
}
