import type { Environment } from "../system/environment.ts";
import { UserError } from "../system/user-error.ts";
import type { AwsConfig } from "./aws-config.ts";
import type { Property } from "./resolve/identity.ts";

/** The duration of a base session in seconds: STS's minimum, our default, and STS's maximum. */
const seconds = { min: 900, default: 43_200, max: 129_600 };

/**
 * One of our settings: from `[aws-as NAME]` or the profile of the first name that has it, else from `[aws-as]`. An empty
 * value means none and hides the later ones.
 */
export function settingOf(config: AwsConfig, key: string, ...names: string[]): string | undefined {
  for (const name of names) {
    const own = config.ours.get(name)?.properties.get(key) ?? config.profiles.get(name)?.properties.get(key);
    if (own !== undefined) return own.value || undefined;
  }
  return config.settings?.properties.get(key)?.value || undefined;
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
  const text = settingOf(config, "session_seconds", profile);
  if (text === undefined) return seconds.default;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= seconds.min && value <= seconds.max)) {
    throw new UserError(`session_seconds = ${text} is not a number from ${seconds.min} to ${seconds.max}`, {
      hints: [`12 hours are session_seconds = ${seconds.default}`],
    });
  }
  return value;
}

/** A valid role session name from the local user's name. CloudTrail shows it. */
export function sessionName(userName: string): string {
  const name = userName.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
  return name.length < 2 ? `aws-as-${name}`.replace(/-$/, "") : name;
}

/**
 * The addresses in a `[services NAME]` section: `sts`, `iam`, `sso`, …, each from its sub-property `endpoint_url`.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function serviceUrls(config: AwsConfig, name: string | undefined): ReadonlyMap<string, Property> {
  const urls = new Map<string, Property>();
  const section = name === undefined ? undefined : config.services.get(name);
  for (const [service, { value, position }] of section?.properties ?? []) {
    const url = /^endpoint_url\s*=\s*(\S+)\s*$/m.exec(value)?.[1];
    if (url !== undefined) urls.set(service, { value: url, position });
  }
  return urls;
}
