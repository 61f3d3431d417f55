import type { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";

/** A place in a file, for messages: `file` as it is shown (`~/.aws/config`), lines from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
}

/** One property: its value as text, and where it was last set. */
export interface Property {
  readonly value: string;
  readonly position: Position;
}

/** A section after merging: lower-case property names to their values. */
export interface Section {
  readonly name: string;
  readonly properties: ReadonlyMap<string, Property>;
  /** The first header of the section. */
  readonly position: Position;
  /** Why nothing of it may be used: a line in it that cannot be read. */
  readonly error?: UserError;
}

/** Where the credentials at the bottom of a chain come from. */
export type Root =
  | {
      readonly kind: "static-keys";
      readonly profile: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: Secret;
      /** Set: the keys are temporary, and no line says when they end. */
      readonly sessionToken?: Secret;
      /** The root's own device: `[aws-as NAME]`, else the profile. */
      readonly mfaSerial?: string;
      readonly position: Position;
    }
  | {
      /** Another program keeps them up to date in a file, with their end: saml2aws, okta-aws-cli, aws-mfa. */
      readonly kind: "temporary-keys";
      readonly profile: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: Secret;
      readonly sessionToken: Secret;
      /** Milliseconds since 1970. */
      readonly expiresAt: number;
      readonly position: Position;
    }
  | {
      /** The id in `[aws-as NAME] access_key_id`, under which our store has the secret. */
      readonly kind: "stored-keys";
      readonly profile: string;
      readonly accessKeyId: string;
      readonly mfaSerial?: string;
      readonly position: Position;
    }
  | {
      readonly kind: "sso";
      readonly profile: string;
      /** Absent in the legacy form. */
      readonly session?: string;
      readonly startUrl: string;
      readonly region: string;
      /** Account and role are set together or not at all. */
      readonly accountId?: string;
      readonly roleName?: string;
      readonly position: Position;
    }
  | {
      readonly kind: "web-identity";
      readonly profile: string;
      readonly tokenFile: string;
      readonly roleArn: string;
      readonly sessionName?: string;
      readonly sessionNameForm?: Property;
      /** Seconds. */
      readonly durationSeconds?: number;
      readonly position: Position;
    }
  | {
      readonly kind: "credential-source";
      readonly profile: string;
      readonly source: "Environment" | "EcsContainer" | "Ec2InstanceMetadata";
      /** The profile's settings of the metadata service, as written; with Ec2InstanceMetadata only. */
      readonly metadata?: MetadataSettings;
      readonly position: Position;
    }
  | {
      readonly kind: "login-session";
      readonly profile: string;
      readonly loginSession: string;
      readonly position: Position;
    }
  | {
      readonly kind: "process";
      readonly profile: string;
      readonly command: string;
      /** The device of the user whose long-term key the command gives, if it gives one. */
      readonly mfaSerial?: string;
      readonly position: Position;
    };

/** Where the metadata service of an instance is: `ec2_metadata_…` of a profile. */
export interface MetadataSettings {
  readonly endpoint?: string;
  /** `IPv4` or `IPv6`. */
  readonly endpointMode?: string;
  readonly v1Disabled?: string;
}

/** One AssumeRole between the root and the identity. */
export interface RoleHop {
  /** The profile that configures it; for a bare ARN, the ARN. */
  readonly profile: string;
  readonly roleArn: string;
  readonly roleSessionName?: string;
  /** `[aws-as NAME] session_name`, such as `{user}-{agent}`: gone once the name is made. */
  readonly sessionNameForm?: Property;
  /** `roleSessionName` was made by a form. */
  readonly isNameFormed?: boolean;
  readonly externalId?: string;
  /** Seconds. */
  readonly durationSeconds?: number;
  /** The device that this profile itself names: `[aws-as NAME]`, else the profile. */
  readonly mfaSerial?: string;
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
  readonly position: Position;
}

/**
 * What an identity with `limits = NAME` takes away from the one that it limits. At least one of the three is there.
 * docs/limits.md
 */
export interface Limit {
  /** The limited identity. */
  readonly profile: string;
  /** A document in JSON, a ready policy's name, or the path of a file with a document: as it is written. */
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  /** Seconds. */
  readonly durationSeconds?: number;
  /** Of the role's session, where the identity is a role. */
  readonly sessionNameForm?: Property;
  /** Undefined: no file has it, the name itself says it. */
  readonly position: Position | undefined;
}

/** What the owner says about handing out an identity's credentials. At least one of it is there. */
export interface Guard {
  /** `[aws-as NAME] protected = true`, its own or that of the identity that it limits: a person has to agree. */
  readonly protected?: Property;
  /** `agents = no` in `[aws-as NAME]` or `[aws-as]`: not for a coding agent. */
  readonly agents?: Property;
}

/** A name that a person can act as, and how its credentials are got from a root. */
export interface Identity {
  readonly name: string;
  readonly root: Root;
  /** The role that is assumed first comes first. Empty for a user. */
  readonly hops: readonly RoleHop[];
  /** What is taken away from the identity at the end of the chain, the innermost limit first; absent: nothing is. */
  readonly limits?: readonly Limit[];
  /** `[aws-as NAME] account`: the only account that its credentials may be of, twelve digits. */
  readonly account?: Property;
  /** Absent: nothing is said, and whoever asks gets the credentials. */
  readonly guard?: Guard;
  /**
   * The identity's own properties, `[aws-as NAME]` laid over `[profile NAME]`: region, endpoint_url, ca_bundle, …
   * Never keys or tokens. For a role that no profile names, those of its source.
   */
  readonly settings: ReadonlyMap<string, Property>;
}

/** Temporary keys of which no line says when they end: no client would know when to ask again. */
export class NoKnownExpiry extends UserError {
  constructor(profile: string, position: Position) {
    const { file, line } = position;
    super(`profile "${profile}" holds temporary credentials (aws_session_token) with no known expiry`, {
      hints: [
        `use the profile directly, or add its end below ${file}:${line}: aws_credential_expiration = 2030-01-31T23:59:59Z`,
      ],
    });
  }
}
