import { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { at, quote } from "../shown.ts";
import type { CredentialKind, EffectiveProfile } from "./effective-profile.ts";
import type { Limit, Property, RoleHop, Root } from "./identity.ts";
import { endNames, identityProperties } from "./identity-properties.ts";
import { isRoleElsewhere, readRoleArn } from "./role-arn.ts";
import { ssoRoot } from "./sso-root.ts";

/**
 * The AssumeRole call that a profile with `role_arn` describes. Throws a UserError for a value that STS refuses.
 *
 * @param elsewhere the call goes to an address that is not AWS's
 */
export function roleHop(profile: EffectiveProfile, elsewhere: boolean): RoleHop {
  const { roleArn, position } = roleArnOf(profile, elsewhere);
  const sessionName = nameForSts(profile, "role_session_name");
  const externalId = profile.get("external_id")?.value;
  const durationSeconds = durationOf(profile);
  const mfaSerial = profile.get("mfa_serial")?.value;
  const policy = inlinePolicy(profile);
  const policyArns = managedPolicies(profile);
  const sourceIdentity = nameForSts(profile, "source_identity");
  const tags = readTags(profile);
  const transitiveTagKeys = list(profile.get("transitive_tag_keys"));
  return {
    profile: profile.name,
    roleArn,
    ...(sessionName !== undefined && { roleSessionName: sessionName }),
    ...formOf(profile),
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
function roleArnOf(profile: EffectiveProfile, elsewhere: boolean): Pick<RoleHop, "roleArn" | "position"> {
  const property = profile.get("role_arn");
  if (property === undefined) throw new Error(`profile ${profile.name} was taken for a role`);
  if (readRoleArn(property.value) === undefined && !(elsewhere && isRoleElsewhere(property.value))) {
    throw wrong(profile, property, `role_arn ${quote(property.value)} is not the ARN of a role`);
  }
  return { roleArn: property.value, position: property.position };
}

/** Whether STS takes it for a session name or source identity. */
export function isNameForSts(name: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(name);
}

/** A session name or source identity: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function nameForSts(
  profile: EffectiveProfile,
  name: "role_session_name" | "source_identity",
): string | undefined {
  const property = profile.get(name);
  if (property !== undefined && !isNameForSts(property.value)) {
    const shown = `${name} ${quote(property.value)}`;
    throw wrong(profile, property, `${shown} must be 2 to 64 letters, digits or _+=,.@-`);
  }
  return property?.value;
}

function formOf(profile: EffectiveProfile): { sessionNameForm?: Property } {
  const form = profile.getOwn("session_name");
  return form === undefined ? {} : { sessionNameForm: form };
}

/** Seconds. What STS takes for a role. */
const roleLife = { min: 900, max: 43_200 };

/** The profile's `duration_seconds`. Throws a UserError for a value that STS refuses. */
export function durationOf(
  profile: EffectiveProfile,
  { min, max }: { readonly min: number; readonly max: number } = roleLife,
): number | undefined {
  const property = profile.get("duration_seconds");
  if (property === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(property.value) ? Number(property.value) : Number.NaN;
  if (seconds >= min && seconds <= max) return seconds;
  throw wrong(
    profile,
    property,
    `duration_seconds ${quote(property.value)} is not a whole number from ${min} to ${max}`,
  );
}

/** Seconds. Below it a session would be over before it is handed out, and above it AWS gives none. */
const limitedLife = { min: 120, max: 129_600 };

/**
 * What a profile with `limits` takes away from the identity that it names.
 *
 * @throws UserError where it takes nothing away, or says where credentials come from as well
 */
export function limitOf(profile: EffectiveProfile): Limit {
  const named = needed(profile.getOwn("limits"));
  const beside = identityProperties.find((name) => !limitProperties.includes(name) && profile.get(name));
  if (beside !== undefined) {
    throw wrong(
      profile,
      needed(profile.get(beside)),
      `${beside} beside limits: a limited identity takes its credentials from ${quote(named.value)}`,
    );
  }
  const policy = profile.get("policy")?.value;
  const policyArns = managedPolicies(profile);
  const durationSeconds = durationOf(profile, limitedLife);
  if (policy === undefined && policyArns === undefined && durationSeconds === undefined) {
    throw new UserError(`profile ${quote(profile.name)} limits ${quote(named.value)} by nothing`, {
      at: named.position,
      hints: [`say by what, below [aws-as ${profile.name}]: policy = read-only`],
    });
  }
  return {
    profile: profile.name,
    ...(policy !== undefined && { policy }),
    ...(policyArns !== undefined && { policyArns }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...formOf(profile),
    position: named.position,
  };
}

/** What a limited identity may say of those that say where credentials come from. */
const limitProperties: readonly string[] = ["limits", "policy", "policy_arns", "duration_seconds"];

/** What AWS takes at most: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const most = { policyCharacters: 2048, policies: 10, tags: 50, tagKey: 128, tagValue: 256 };

/**
 * A policy document for a session, without white space.
 *
 * @param what how its error begins
 * @throws UserError for what AWS would refuse in any case
 */
export function policyDocument(text: string, wrong: (why: string) => UserError): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON: ${(error as Error).message}`);
  }
  const policy = JSON.stringify(document);
  if (policy.length > most.policyCharacters)
    throw wrong(`has ${policy.length} characters, and AWS takes ${most.policyCharacters} at most`);
  if (/[^\t\n\r -\xff]/.test(policy)) throw wrong("has letters that AWS takes in no policy");
  return policy;
}

function inlinePolicy(profile: EffectiveProfile): string | undefined {
  const property = profile.get("policy");
  if (property === undefined) return undefined;
  return policyDocument(property.value, (why) => wrong(profile, property, `policy ${why}`));
}

function managedPolicies(profile: EffectiveProfile): string[] | undefined {
  const property = profile.get("policy_arns");
  const arns = list(property);
  if (property === undefined || arns === undefined) return undefined;
  // With none AWS would give all that the role may do.
  if (arns.length === 0) throw wrong(profile, property, "policy_arns names no policy");
  const odd = arns.find((arn) => !/^arn:[\w-]+:iam::(?:aws|\d{12}):policy\/\S+$/.test(arn));
  if (odd !== undefined)
    throw wrong(profile, property, `policy_arns has ${quote(odd)}, which is not the ARN of a policy`);
  if (arns.length > most.policies)
    throw wrong(profile, property, `policy_arns has ${arns.length} policies, and AWS takes ${most.policies}`);
  return arns;
}

function list(property: Property | undefined): string[] | undefined {
  const items = property?.value.split(",").map((item) => item.trim());
  return items?.filter((item) => item !== "");
}

function wrong(profile: EffectiveProfile, property: Property, what: string): UserError {
  return new UserError(`profile ${quote(profile.name)}: ${what}`, { at: property.position });
}

/**
 * Session tags: `tags = team=red, cost=7`, or sub-properties:
 *
 *     tags =
 *       team = red
 *       cost = 7
 *
 * Undefined when the profile has none. Throws a UserError for what is neither.
 */
export function readTags(profile: EffectiveProfile): Record<string, string> | undefined {
  const property = profile.get("tags");
  if (property === undefined) return undefined;
  const fail = (what: string) =>
    new UserError(`profile ${quote(profile.name)}: ${what}`, {
      at: property.position,
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
    const value = pair.slice(equals + 1).trim();
    if (!isTagText(key, most.tagKey) || !isTagText(value, most.tagValue)) {
      throw fail(
        `tags has ${quote(key)}, and AWS takes letters, digits, blanks and _.:/=+-@ in a tag, ${most.tagKey} in its name and ${most.tagValue} in its value`,
      );
    }
    tags.set(key, value);
  }
  if (tags.size > most.tags) throw fail(`tags has ${tags.size} tags, and AWS takes ${most.tags}`);
  return Object.fromEntries(tags);
}

function isTagText(text: string, length: number): boolean {
  return text.length <= length && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}

/** The root that a profile of this kind is by itself. Throws a UserError where something is missing. */
export function rootOf(
  config: AwsConfig,
  profile: EffectiveProfile,
  kind: Exclude<CredentialKind, "role" | "alias" | "limited">,
  elsewhere: boolean,
): Root {
  switch (kind) {
    case "web-identity":
      return webIdentityRoot(profile, elsewhere);
    case "sso":
      return ssoRoot(config, profile);
    case "static-keys":
      return staticKeysRoot(profile);
    case "stored-keys": {
      const { value, position } = needed(profile.getOwn("access_key_id"));
      return { kind, profile: profile.name, accessKeyId: value, ...device(profile), position };
    }
    case "login-session": {
      const { value, position } = needed(profile.get("login_session"));
      return { kind, profile: profile.name, loginSession: value, position };
    }
    case "process": {
      const { value, position } = needed(profile.get("credential_process"));
      return { kind, profile: profile.name, command: value, ...device(profile), position };
    }
    case "none":
      throw new UserError(`profile ${quote(profile.name)} holds no credentials`, {
        at: profile.position,
        hints: [`give it a long-term key: aws-as keys add ${profile.name}`],
      });
  }
}

function staticKeysRoot(profile: EffectiveProfile): Root {
  const id = profile.get("aws_access_key_id");
  const secret = profile.get("aws_secret_access_key");
  if (id === undefined || secret === undefined) {
    const [said, missing] = id
      ? ["aws_access_key_id", "aws_secret_access_key"]
      : ["aws_secret_access_key", "aws_access_key_id"];
    const { position } = needed(id ?? secret);
    throw new UserError(`profile ${quote(profile.name)} has ${said} but no ${missing}`, { at: position });
  }
  for (const [name, property] of [
    ["aws_access_key_id", id],
    ["aws_secret_access_key", secret],
  ] as const) {
    if (/^(["']).*\1$/.test(property.value)) {
      throw new UserError(
        `profile ${quote(profile.name)} has its ${name} in quotes, which AWS clients take for a part of it`,
        { at: property.position, hints: ["take the quotes off"] },
      );
    }
  }
  const token = profile.get("aws_session_token");
  if (token === undefined && id.value.startsWith("ASIA")) throw withoutToken(profile, id);
  const key = {
    profile: profile.name,
    accessKeyId: id.value,
    secretAccessKey: new Secret(secret.value),
    position: id.position,
  };
  if (token === undefined) return { kind: "static-keys", ...key, ...device(profile) };
  const sessionToken = new Secret(token.value);
  const expiresAt = endOfKeys(profile);
  return expiresAt === undefined
    ? { kind: "static-keys", ...key, sessionToken, ...device(profile) }
    : { kind: "temporary-keys", ...key, sessionToken, expiresAt };
}

/**
 * The end of temporary keys in milliseconds since 1970; undefined where no line says it in ISO 8601. Without a time zone it
 * is UTC, as aws-mfa writes it.
 */
function endOfKeys(profile: EffectiveProfile): number | undefined {
  for (const name of endNames) {
    const [, day, time, zone = "Z"] =
      /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?([Zz]|[+-]\d\d:?\d\d)?$/.exec(
        profile.get(name)?.value ?? "",
      ) ?? [];
    const end = Date.parse(`${day}T${time}${zone.replace(/(\d\d):?(\d\d)$/, "$1:$2")}`);
    if (!Number.isNaN(end)) return end;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: ids of temporary keys begin with ASIA. */
function withoutToken(profile: EffectiveProfile, id: Property): UserError {
  const old = profile.get("aws_security_token");
  return new UserError(
    `profile ${quote(profile.name)} has a temporary key (ASIA…) without its aws_session_token`,
    {
      at: id.position,
      hints: [
        old === undefined
          ? "write all three lines of the temporary credentials, or take out these two"
          : `${at(old.position)}: name it aws_session_token; only aws-cli and boto3 read aws_security_token`,
      ],
    },
  );
}

/** Whether it may be the id of an access key of AWS: other stores of objects have other ids. */
export function isAccessKeyId(text: string): boolean {
  return /^[A-Z0-9_]{16,128}$/.test(text);
}

function webIdentityRoot(profile: EffectiveProfile, elsewhere: boolean): Root {
  const file = needed(profile.get("web_identity_token_file"));
  if (profile.get("role_arn") === undefined) {
    throw new UserError(`profile ${quote(profile.name)} has web_identity_token_file but no role_arn`, {
      at: file.position,
    });
  }
  const { roleArn } = roleArnOf(profile, elsewhere);
  const sessionName = nameForSts(profile, "role_session_name");
  const durationSeconds = durationOf(profile);
  return {
    kind: "web-identity",
    profile: profile.name,
    tokenFile: file.value,
    roleArn,
    ...(sessionName !== undefined && { sessionName }),
    ...formOf(profile),
    ...(durationSeconds !== undefined && { durationSeconds }),
    position: file.position,
  };
}

function device(profile: EffectiveProfile): { mfaSerial?: string } {
  const serial = profile.get("mfa_serial");
  return serial ? { mfaSerial: serial.value } : {};
}

/** For what `credentialKind` has seen. */
function needed(property: Property | undefined): Property {
  if (property === undefined) throw new Error("a property is gone that decided the kind of a profile");
  return property;
}
