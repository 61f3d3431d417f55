import { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";
import type { AwsConfig } from "../aws-config.ts";
import { quote } from "../shown.ts";
import type { CredentialKind } from "./credential-kind.ts";
import type { EffectiveProfile } from "./effective-profile.ts";
import type { Property, Root } from "./identity.ts";
import { durationOf, nameForSts, roleArnOf } from "./role-hop.ts";
import { ssoRoot } from "./sso-root.ts";

/** The root that a profile of this kind is by itself. Throws a UserError where something is missing. */
export function rootOf(
  config: AwsConfig,
  profile: EffectiveProfile,
  kind: Exclude<CredentialKind, "role" | "alias">,
): Root {
  switch (kind) {
    case "web-identity":
      return webIdentityRoot(profile);
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
  const token = profile.get("aws_session_token");
  return {
    kind: "static-keys",
    profile: profile.name,
    accessKeyId: id.value,
    secretAccessKey: new Secret(secret.value),
    ...(token && { sessionToken: new Secret(token.value) }),
    ...device(profile),
    position: id.position,
  };
}

function webIdentityRoot(profile: EffectiveProfile): Root {
  const file = needed(profile.get("web_identity_token_file"));
  if (profile.get("role_arn") === undefined) {
    throw new UserError(`profile ${quote(profile.name)} has web_identity_token_file but no role_arn`, {
      at: file.position,
    });
  }
  const { roleArn } = roleArnOf(profile);
  const sessionName = nameForSts(profile, "role_session_name");
  const durationSeconds = durationOf(profile);
  return {
    kind: "web-identity",
    profile: profile.name,
    tokenFile: file.value,
    roleArn,
    ...(sessionName !== undefined && { sessionName }),
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
