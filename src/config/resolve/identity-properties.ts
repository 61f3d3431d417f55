/**
 * The properties that say where credentials come from: `init --adopt` moves them from the profile to `[aws-as NAME]`,
 * because clients must not see any of them beside `credential_process`.
 */
export const identityProperties: readonly string[] = [
  "role_arn",
  "source_profile",
  "credential_source",
  "web_identity_token_file",
  "role_session_name",
  "external_id",
  "mfa_serial",
  "duration_seconds",
  "policy",
  "policy_arns",
  "source_identity",
  "tags",
  "transitive_tag_keys",
  "sso_session",
  "sso_start_url",
  "sso_region",
  "sso_account_id",
  "sso_role_name",
  "sso_registration_scopes",
  "login_session",
  "credential_process",
  "access_key_id",
  "limits",
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
];

/** Where programs that write temporary keys note their end. */
export const endNames: readonly string[] = [
  "x_security_token_expires",
  "aws_credential_expiration",
  "aws_session_token_expiration",
  "expiration",
];

/** Properties of other tools that do what aws-as does, and what they are called here. */
export const ofOtherTools: Readonly<Record<string, string>> = {
  session_tags: "tags = KEY=VALUE",
  transitive_session_tags: "transitive_tag_keys",
  include_profile: "the properties themselves: aws-as takes none of another profile",
  parent_profile: "the properties themselves: aws-as takes none of another profile",
  role_duration: "duration_seconds",
  credentials_duration: "duration_seconds",
  session_token_duration: "session_seconds",
  aws_mfa_device: "mfa_serial",
  assume_role: "role_arn and source_profile",
  aws_security_token: "aws_session_token",
};

/** Settings of aws-as, which a profile may say as well. */
const ownNames: readonly string[] = ["mfa_process", "mfa_seconds", "session_seconds"];

/** True for what a profile must not say beside `credential_process`: all else is a setting, known or not. */
export function isAboutCredentials(name: string): boolean {
  return (
    identityProperties.includes(name) ||
    endNames.includes(name) ||
    ownNames.includes(name) ||
    name.startsWith("sso_") ||
    Object.hasOwn(ofOtherTools, name)
  );
}
