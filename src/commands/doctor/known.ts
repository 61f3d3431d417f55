/** The variables of ours that mean something: docs/protocol.md and the code; a test compares. */
export const environmentVariables: readonly string[] = [
  "AWS_AS_ACCESS_KEY_ID",
  "AWS_AS_DEBUG",
  "AWS_AS_DIR",
  "AWS_AS_DISABLE_PROMPT",
  "AWS_AS_FUNCTIONS",
  "AWS_AS_GUARD",
  "AWS_AS_IDENTITY",
  "AWS_AS_MFA_CODE",
  "AWS_AS_MFA_PROCESS",
  "AWS_AS_MFA_SERIAL",
  "AWS_AS_NEW_PASSPHRASE",
  "AWS_AS_PASSPHRASE",
  "AWS_AS_PINENTRY",
  "AWS_AS_PROMPT",
  "AWS_AS_REGION",
  "AWS_AS_STORE",
];

/** Settings in `[aws-as]`. */
export const globalSettings: readonly string[] = [
  "mfa_process",
  "pass_prefix",
  "passphrase_process",
  "prefix",
  "session_seconds",
  "source_profile",
  "store",
];

/** What only `[aws-as NAME]` says; beside it, all that a profile may say. */
export const ownSettings: readonly string[] = [
  "access_key_id",
  "mfa_process",
  "mfa_serial",
  "session_seconds",
];
