import { UserError } from "../../system/user-error.ts";
import { at, quote } from "../shown.ts";
import type { EffectiveProfile } from "./effective-profile.ts";
import type { Property, RoleHop } from "./identity.ts";
import { readRoleArn } from "./role-arn.ts";

/** The AssumeRole call that a profile with `role_arn` describes. Throws a UserError for a value that STS refuses. */
export function roleHop(profile: EffectiveProfile): RoleHop {
  const { roleArn, position } = roleArnOf(profile);
  const sessionName = nameForSts(profile, "role_session_name");
  const externalId = profile.get("external_id")?.value;
  const durationSeconds = durationOf(profile);
  const mfaSerial = profile.get("mfa_serial")?.value;
  const policy = profile.get("policy")?.value;
  const policyArns = list(profile.get("policy_arns"));
  const sourceIdentity = nameForSts(profile, "source_identity");
  const tags = readTags(profile);
  const transitiveTagKeys = list(profile.get("transitive_tag_keys"));
  return {
    profile: profile.name,
    roleArn,
    ...(sessionName !== undefined && { roleSessionName: sessionName }),
    ...(externalId !== undefined && { externalId }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(mfaSerial !== undefined && { mfaSerial }),
    ...(policy !== undefined && { policy }),
    ...(policyArns !== undefined && { policyArns }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(tags !== undefined && { tags }),
    ...(transitiveTagKeys !== undefined && { transitiveTagKeys }),
    position,
  };
}

/** The profile's `role_arn`, checked. */
export function roleArnOf(profile: EffectiveProfile): Pick<RoleHop, "roleArn" | "position"> {
  const property = profile.get("role_arn");
  if (property === undefined) throw new Error(`profile ${profile.name} was taken for a role`);
  if (readRoleArn(property.value) === undefined) {
    throw wrong(profile, property, `role_arn ${quote(property.value)} is not the ARN of a role`);
  }
  return { roleArn: property.value, position: property.position };
}

/** A session name or source identity: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function nameForSts(
  profile: EffectiveProfile,
  name: "role_session_name" | "source_identity",
): string | undefined {
  const property = profile.get(name);
  if (property !== undefined && !/^[\w+=,.@-]{2,64}$/.test(property.value)) {
    const shown = `${name} ${quote(property.value)}`;
    throw wrong(profile, property, `${shown} must be 2 to 64 letters, digits or _+=,.@-`);
  }
  return property?.value;
}

/** The profile's `duration_seconds`. Throws a UserError for a value that STS refuses. */
export function durationOf(profile: EffectiveProfile): number | undefined {
  const property = profile.get("duration_seconds");
  if (property === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(property.value) ? Number(property.value) : Number.NaN;
  if (seconds >= 900 && seconds <= 43200) return seconds;
  throw wrong(
    profile,
    property,
    `duration_seconds ${quote(property.value)} is not a whole number from 900 to 43200`,
  );
}

function list(property: Property | undefined): string[] | undefined {
  const items = property?.value.split(",").map((item) => item.trim());
  return items?.filter((item) => item !== "");
}

function wrong(profile: EffectiveProfile, property: Property, what: string): UserError {
  return new UserError(`${at(property.position)}: profile ${quote(profile.name)}: ${what}`);
}

/**
 * Session tags: `tags = team=red, cost=7`, or sub-properties, where a value may hold a comma:
 *
 *     tags =
 *       team = red
 *       people = ann, bob
 *
 * Undefined when the profile has none. Throws a UserError for what is neither.
 */
export function readTags(profile: EffectiveProfile): Record<string, string> | undefined {
  const property = profile.get("tags");
  if (property === undefined) return undefined;
  const fail = (what: string) =>
    new UserError(`${at(property.position)}: profile ${quote(profile.name)}: ${what}`, {
      hints: ["write session tags like this: tags = team=red, cost=7"],
    });
  const tags = new Map<string, string>();
  // STS compares the keys without case.
  const seen = new Set<string>();
  for (const pair of property.value.split(property.value.startsWith("\n") ? "\n" : ",")) {
    if (pair.trim() === "") continue;
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(equals, 0)).trim();
    if (key === "") throw fail(`tags has an entry that is not "key=value"`);
    if (seen.has(key.toLowerCase())) throw fail(`tags names ${quote(key)} twice`);
    seen.add(key.toLowerCase());
    tags.set(key, pair.slice(equals + 1).trim());
  }
  return Object.fromEntries(tags);
}
