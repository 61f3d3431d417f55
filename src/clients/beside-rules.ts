import type { FindingId } from "../commands/doctor/catalogue.ts";
import type { ClientView } from "../commands/doctor/finding.ts";
import { same, views } from "./clients.ts";

/** What becomes of credential_process when another property stands beside it in the same profile. */
export interface BesideRule {
  readonly id: FindingId;
  readonly what: string;
  readonly why: string;
  readonly clients: readonly ClientView[];
  /** The property that the finding points at, or undefined where the rule does not apply. */
  culprit(has: (property: string) => boolean): string | undefined;
}

const sso = ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"];
const chained = ["role_arn", "source_profile", "credential_source"];

const beside = "credential_process has no effect, or an error is all that comes";
const first =
  (...names: string[]) =>
  (has: (property: string) => boolean) =>
    names.find(has);

/** One at most holds for a profile, the first. */
export const besideRules: readonly BesideRule[] = [
  {
    id: "process-beside-role",
    what: "role_arn with its source stands beside credential_process",
    why: beside,
    clients: views({
      ...same("assume the role themselves, and ask for its code", "botocore", "js", "java", "rust", "ruby"),
      ...same("refuse the profile: only one credential type may be specified", "go1", "go2"),
      php: "runs the command",
      dotnet: "finds no credentials",
    }),
    culprit: (has) =>
      has("role_arn") && (has("source_profile") || has("credential_source")) ? "role_arn" : undefined,
  },
  {
    id: "process-beside-role-arn",
    what: "role_arn stands beside credential_process",
    why: beside,
    clients: views({
      ...same("refuse the profile: source_profile is missing", "botocore", "rust", "ruby"),
      ...same("run the command, and assume the role with its answer once more", "go1", "go2"),
      ...same("run the command", "js", "java", "php"),
      dotnet: "finds no credentials",
    }),
    culprit: (has) => (has("role_arn") && !has("web_identity_token_file") ? "role_arn" : undefined),
  },
  {
    id: "process-beside-sso",
    what: "SSO settings stand beside credential_process",
    why: beside,
    clients: views({
      ...same("use SSO", "botocore", "go1", "go2", "java", "rust", "dotnet", "php", "ruby"),
      js: "runs the command",
    }),
    culprit: first(...sso),
  },
  {
    id: "process-beside-source-profile",
    what: "source_profile stands beside credential_process",
    why: "what these clients do with a source and no role is an error",
    clients: views({
      ...same("refuse the profile: source_profile requires role_arn", "go1", "go2"),
      ruby: "tries to assume a role without a name",
      dotnet: "finds no credentials",
      ...same("run the command", "botocore", "js", "java", "rust", "php"),
    }),
    culprit: first("source_profile"),
  },
  {
    id: "process-beside-credential-source",
    what: "credential_source stands beside credential_process",
    why: "what these clients do with a source and no role is an error",
    clients: views({
      ...same("refuse the profile", "go1", "go2"),
      rust: "uses the source",
      ruby: "tries to assume a role without a name",
      dotnet: "finds no credentials",
      ...same("run the command", "botocore", "js", "java", "php"),
    }),
    culprit: first("credential_source"),
  },
  {
    id: "process-beside-mfa",
    what: "a setting of a role stands beside credential_process",
    why: ".NET takes a profile only if nothing of the kind stands beside the command",
    clients: views({ dotnet: "finds no credentials" }),
    culprit: (has) =>
      chained.some(has) ? undefined : ["mfa_serial", "external_id", "role_session_name"].find(has),
  },
];

/** Static keys of the same name as a profile with credential_process, by the file that they stand in. */
export const keyRules = {
  credentials: {
    id: "keys-beat-process",
    why: "these clients never run the command: they act with the long-term key",
    clients: views({
      ...same("use the keys", "botocore", "go1", "go2", "js", "php", "ruby", "cpp"),
      ...same("run the command", "java", "rust"),
      dotnet: "finds no credentials",
    }),
  },
  config: {
    id: "keys-beside-process",
    why: "whose credentials are used depends on the client",
    clients: views({
      ...same("use the keys", "go1", "go2", "js", "ruby"),
      ...same("run the command", "botocore", "java", "rust", "php"),
      dotnet: "finds no credentials",
    }),
  },
} as const satisfies Record<string, { id: FindingId; why: string; clients: readonly ClientView[] }>;
