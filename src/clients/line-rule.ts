import type { Behaviour, RuleSeverity } from "./clients.ts";
import type { RawFile, RawProperty, RawSection } from "./raw-file.ts";

/** One way of writing that not all clients read alike. */
export interface LineRule {
  readonly id: string;
  readonly severity: RuleSeverity;
  /** The consequence in one sentence. */
  readonly why: string;
  readonly clients: readonly Behaviour[];
  readonly mend: string;
  find(file: RawFile): readonly Hit[];
}

/** A line that a rule is about. `what` holds no text of the file but names that are known not to be secrets. */
export interface Hit {
  readonly line: number;
  readonly what: string;
}

export const whole = "refuses the whole file";
export const ofSection = "uses nothing of the section";
export const eachProfile = "every profile in the file is gone for these clients, not only this one";

export function everyProperty(sections: readonly RawSection[]): RawProperty[] {
  return sections.flatMap(({ properties }) => [...properties]);
}

export function headers(sections: readonly RawSection[]): RawSection[] {
  return sections.filter(({ line }) => line > 0);
}

/** False for [aws-as] and [aws-as NAME], which aws-as alone reads. */
export function isReadByClients({ type, name }: RawSection): boolean {
  return type !== "aws-as" && !(type === "" && name === "aws-as");
}

/** What is wrong with a section, as what follows its header in a sentence. */
type Judge = (section: RawSection) => string | undefined;

export function inConfig(judge: Judge): LineRule["find"] {
  return inFile("config", judge);
}

export function inCredentials(judge: Judge): LineRule["find"] {
  return inFile("credentials", judge);
}

function inFile(kind: RawFile["kind"], judge: Judge): LineRule["find"] {
  return (file) =>
    file.kind !== kind
      ? []
      : headers(file.sections)
          .filter(({ closed }) => closed)
          .flatMap((section) => {
            const said = judge(section);
            return said === undefined
              ? []
              : [{ line: section.line, what: `${sectionShown(section)} ${said}` }];
          });
}

/**
 * Names that AWS clients read in a profile or another section, and ours. Only these are shown as names of properties: what
 * stands before a `=` may be the end of a secret that was broken over lines.
 */
const awsKeys = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_account_id",
  "api_versions",
  "ca_bundle",
  "cli_auto_prompt",
  "cli_binary_format",
  "cli_follow_urlparam",
  "cli_history",
  "cli_pager",
  "cli_timestamp_format",
  "credential_process",
  "credential_source",
  "defaults_mode",
  "duration_seconds",
  "ec2_metadata_service_endpoint",
  "ec2_metadata_service_endpoint_mode",
  "endpoint_discovery_enabled",
  "endpoint_url",
  "external_id",
  "ignore_configured_endpoint_urls",
  "login_session",
  "max_attempts",
  "metadata_service_num_attempts",
  "metadata_service_timeout",
  "mfa_serial",
  "output",
  "parameter_validation",
  "policy",
  "policy_arns",
  "region",
  "request_checksum_calculation",
  "request_min_compression_size_bytes",
  "response_checksum_validation",
  "retry_mode",
  "role_arn",
  "role_session_name",
  "s3",
  "s3_disable_multiregion_access_points",
  "s3_us_east_1_regional_endpoint",
  "s3_use_arn_region",
  "sdk_ua_app_id",
  "services",
  "source_identity",
  "source_profile",
  "sso_account_id",
  "sso_account_name",
  "sso_region",
  "sso_registration_scopes",
  "sso_role_name",
  "sso_session",
  "sso_start_url",
  "sts_regional_endpoints",
  "tags",
  "tcp_keepalive",
  "transitive_tag_keys",
  "use_dualstack_endpoint",
  "use_fips_endpoint",
  "web_identity_token_file",
] as const;

const known: ReadonlySet<string> = new Set(awsKeys);

export function isAwsKey(name: string): boolean {
  return known.has(name.toLowerCase());
}

/** A property as a message may name it. */
export function propertyName(name: string): string {
  return isAwsKey(name) ? name : "a property";
}

/** A section's header as a message may show it: plain words, none as long as a secret key. */
export function sectionShown({ type, name, closed }: Pick<RawSection, "type" | "name" | "closed">): string {
  const words = [type, ...name.split(/\s+/)].filter(Boolean);
  const plain = words.length <= 4 && words.every((word) => /^"?[\w.@:/+%-]{1,31}"?$/.test(word));
  return closed && plain ? `[${words.join(" ")}]` : "a section";
}
