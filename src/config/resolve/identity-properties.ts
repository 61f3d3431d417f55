/**
 * The properties that say how credentials are got, and nothing else: `init --adopt` moves them from the profile to
 * `[aws-as NAME]`, because no client may see one of them beside `credential_process`.
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
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
];
