/**
 * How bad a finding is.
 *
 * - `broken`: something fails now, or acts as somebody else than the person thinks; for lines of the AWS files: aws-as
 *   itself or botocore (aws-cli, boto3) stumbles over it
 * - `warning`: it works here, and fails in other clients, at another time, or lets somebody read what they should not
 * - `note`: worth knowing
 */
export type Severity = "broken" | "warning" | "note";

export const severityOrder: readonly Severity[] = ["broken", "warning", "note"];

/** Every finding there is. Ids are a promise (docs/doctor.md): none changes its meaning or its severity. */
export const severities = {
  // Variables of this shell.
  "env-guard": "broken",
  "env-half-key": "broken",
  "env-session-ended": "broken",
  "env-profile-missing": "broken",
  "env-bad-value": "broken",
  "env-keys-changed": "warning",
  "env-keys-and-profile": "warning",
  "env-keys-beat-profiles": "warning",
  "env-two-profiles": "warning",
  "env-security-token": "warning",
  "env-web-identity": "warning",
  "env-unknown-variable": "warning",
  "env-file-missing": "warning",
  "env-file-relative": "warning",
  "env-windows-path": "broken",
  // The files as a whole.
  "file-unreadable": "broken",
  "file-syntax": "broken",
  "file-writable-by-others": "broken",
  "file-open-to-others": "warning",
  // Lines that clients read differently.
  "duplicate-section": "broken",
  "duplicate-key": "broken",
  "line-without-equals": "broken",
  "key-before-section": "broken",
  "nested-line-without-equals": "broken",
  "inline-comment": "broken",
  "prefix-section": "broken",
  "spaced-name": "broken",
  "header-inner-space": "broken",
  "default-twice": "broken",
  "byte-order-mark": "broken",
  "not-utf-8": "broken",
  "colon-for-equals": "warning",
  "indented-key-first": "warning",
  "indented-key": "warning",
  "continued-value": "warning",
  "indented-comment-first": "warning",
  "indented-comment": "warning",
  "bare-section": "warning",
  "quoted-section": "warning",
  "odd-name": "warning",
  "header-wide-space": "warning",
  "header-comment": "warning",
  "reserved-key": "warning",
  "brackets-in-value": "warning",
  "capital-key": "warning",
  "own-section-in-credentials": "warning",
  "profile-section-in-credentials": "warning",
  // credential_process: its text, and what stands beside it.
  "process-needs-shell": "broken",
  "process-without-extension": "broken",
  "process-beside-role-arn": "broken",
  "process-beside-role": "broken",
  "process-beside-sso": "broken",
  "keys-beat-process": "broken",
  "process-quoted-program": "warning",
  "process-quoted-comment": "warning",
  "process-beside-source-profile": "warning",
  "process-beside-credential-source": "warning",
  "process-beside-mfa": "warning",
  "keys-beside-process": "warning",
  // Stanzas: profiles whose credential_process is aws-as.
  "stanza-program-missing": "broken",
  "stanza-program-not-executable": "broken",
  "stanza-program-relative": "warning",
  "stanza-other-program": "warning",
  "stanza-outdated": "warning",
  "stanza-windows-path": "broken",
  "no-stanzas": "note",
  "program-will-move": "note",
  // Identities and what [aws-as] sections say.
  "identity-broken": "broken",
  "sso-session-missing": "broken",
  "device-fido": "broken",
  "device-none": "note",
  "device-unknown": "note",
  "sso-signed-out": "note",
  "setting-bad-value": "broken",
  "setting-unknown": "warning",
  "own-section-orphan": "warning",
  "command-missing": "broken",
  "command-runs-aws-as": "warning",
  // Where secrets rest.
  "store-broken": "broken",
  "store-absent": "broken",
  "store-locked": "warning",
  "store-asks": "warning",
  "store-not-set-up": "broken",
  "stored-key-missing": "broken",
  "file-store-closed": "warning",
  "file-store-slot-damaged": "warning",
  // The way to AWS.
  "clock-skew": "broken",
  "clock-drift": "note",
  "sts-unreachable": "broken",
  "proxy-unusable": "broken",
  "proxy-variables-differ": "warning",
  "ca-bundle-unusable": "broken",
  "extra-ca-missing": "warning",
  // This machine and this shell.
  "node-too-old": "broken",
  "shell-functions-old": "warning",
  "aws-cli-missing": "note",
  "not-checked": "note",
} as const satisfies Readonly<Record<string, Severity>>;

export type FindingId = keyof typeof severities;
