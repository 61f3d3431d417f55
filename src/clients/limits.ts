import type { AwsConfig } from "../config/aws-config.ts";
import { effectiveProfile } from "../config/resolve/effective-profile.ts";
import type { Position } from "../config/resolve/identity.ts";
import { type Behaviour, differs, fine } from "./clients.ts";

/** A property that makes a role's session less than the role, and that other clients do not send. */
export interface LimitPassedOver {
  readonly property: string;
  readonly position: Position;
}

const limits = ["policy", "policy_arns", "source_identity", "tags", "transitive_tag_keys"];

/** What a client does with a role whose limits are in its profile. */
export const limitBehaviour: readonly Behaviour[] = [
  differs(
    "assume the role without them",
    "botocore",
    "go1",
    "go2",
    "js",
    "java",
    "rust",
    "dotnet",
    "php",
    "ruby",
  ),
  fine("sends them to STS", "awsAs"),
];

/**
 * Who reads duration_seconds: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
export const durationBehaviour: readonly Behaviour[] = [
  differs("take the default of an hour", "java", "php", "cpp"),
  fine("read it", "awsAs", "botocore", "go1", "go2", "js", "rust", "dotnet", "ruby"),
];

/** The limits that clients pass over which assume the profile's role themselves. Pure. */
export function limitsPassedOver(config: AwsConfig, name: string): LimitPassedOver[] {
  return ofRole(config, name, limits);
}

/** The same for the duration, which some of them read. */
export function durationPassedOver(config: AwsConfig, name: string): LimitPassedOver | undefined {
  return ofRole(config, name, ["duration_seconds"])[0];
}

function ofRole(config: AwsConfig, name: string, properties: readonly string[]): LimitPassedOver[] {
  const profile = effectiveProfile(config, name);
  // Of an adopted profile clients see the command alone.
  if (profile === undefined || !config.profiles.get(name)?.properties.get("role_arn")?.value) return [];
  return properties.flatMap((property) => {
    const said = profile.get(property);
    return said === undefined ? [] : [{ property, position: said.position }];
  });
}
