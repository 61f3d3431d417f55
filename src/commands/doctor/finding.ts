import type { Behaviour, RuleSeverity } from "../../clients/clients.ts";
import { clientRules } from "../../clients/rules.ts";

/**
 * How bad a finding is.
 *
 * - `broken`: something fails now, or acts as another identity than the user thinks; for lines of the AWS files: aws-as
 *   itself or botocore (aws-cli, boto3) stumbles over it
 * - `warning`: it works here, and fails in other clients or at another time, or lets others read what they should not
 * - `note`: worth knowing
 */
export type Severity = "broken" | "warning" | "note";

export const severityOrder: readonly Severity[] = ["broken", "warning", "note"];

const ofRules = Object.fromEntries(clientRules.map(({ id, severity }) => [id, severity])) as Readonly<
  Record<(typeof clientRules)[number]["id"], RuleSeverity>
>;

/** Every finding there is. Ids are a promise (docs/doctor.md): none changes its meaning or its severity. */
export const severities = {
  // Lines that clients read differently, and what stands beside credential_process.
  ...ofRules,
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
  "env-file-unexpanded": "warning",
  "env-windows-path": "broken",
  // The files as a whole.
  "file-unreadable": "broken",
  "file-syntax": "broken",
  "file-writable-by-others": "broken",
  "file-open-to-others": "warning",
  // credential_process; what stands beside it is in the rules.
  "process-without-extension": "broken",
  // Profiles whose credential_process is aws-as.
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
  "temporary-keys": "note",
  "sso-session-missing": "broken",
  "source-has-no-keys": "broken",
  "limit-passed-over": "broken",
  "duration-passed-over": "warning",
  "property-of-other-tool": "warning",
  "services-missing": "broken",
  "key-in-plain-text": "warning",
  "device-fido": "broken",
  "device-wrong": "broken",
  "device-none": "note",
  "device-unknown": "note",
  "sso-signed-out": "note",
  "setting-bad-value": "broken",
  "setting-unknown": "warning",
  "own-section-orphan": "warning",
  "command-missing": "broken",
  "command-runs-aws-as": "warning",
  // The store.
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

/** A place in a file, as messages name it. Lines count from 1; absent: the whole file. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

/** One thing that is wrong, or worth knowing. Never holds the text of a line that may be a secret. */
export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  /** One sentence without a period. */
  readonly what: string;
  /** The consequence, and for whom. */
  readonly why: string;
  readonly at?: Place | undefined;
  /** Where clients differ: what each does. */
  readonly clients?: readonly Behaviour[] | undefined;
  /** The command, or the edit, that mends it. */
  readonly mend: string;
}

/** What a check yields. */
export type Findings = Generator<Finding, void>;

/** A finding of this id, with the severity that the id stands for. */
export function finding(id: FindingId, said: Omit<Finding, "id" | "severity">): Finding {
  return { id, severity: severities[id], ...said };
}
