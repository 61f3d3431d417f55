import { createHash } from "node:crypto";
import type { PolicyDocument } from "./policy.ts";

/** A long-term access key. Times in milliseconds since 1970. */
export interface LongTermKey {
  id: string;
  secret: string;
  status: "active" | "inactive";
  /** Absent: some day in 2024. */
  createdAt?: number;
  /** The last request with a right signature of this key. Absent: never. */
  lastUsed?: { at: number; service: string; region: string };
}

/** Something that proves presence. FIDO devices have no codes that the API could take. Secrets are base32. */
export type MfaDevice =
  | { kind: "virtual"; serial: string; secret: string }
  | { kind: "hardware"; serial: string; secret: string }
  | { kind: "fido"; serial: string };

/** An IAM user. What no policy allows is denied; GetCallerIdentity and GetSessionToken need no permission. */
export interface User {
  name: string;
  /** Begins and ends with a slash; `/` by default. */
  path?: string;
  accessKeys: LongTermKey[];
  mfaDevices: MfaDevice[];
  policies: PolicyDocument[];
}

/** An IAM role with its trust policy, a real IAM document. */
export interface Role {
  name: string;
  /** Begins and ends with a slash; `/` by default. The sessions' ARNs leave it out. */
  path?: string;
  /** Seconds, 3600 by default. */
  maxSessionDuration?: number;
  trust: PolicyDocument;
  policies: PolicyDocument[];
}

/** An OpenID Connect provider that the account takes tokens from. */
export interface IdentityProvider {
  /** Without `https://`. */
  issuer: string;
  audiences: string[];
  /** The key that it signs with. A real one has a pair, whose public half STS fetches. */
  secret: string;
}

export interface Account {
  /** Twelve digits. */
  id: string;
  /** `aws` by default. */
  partition?: string;
  /** Keys of the account's root user. */
  root?: { accessKeys: LongTermKey[]; mfaDevices: MfaDevice[] };
  users: User[];
  roles: Role[];
  /** Regions that are not enabled: STS there knows none of the account's keys and sessions. */
  disabledRegions?: string[];
  identityProviders?: IdentityProvider[];
}

/** All that the fake knows. Plain JSON, and alive: a change is seen by the next request. */
export interface World {
  accounts: Account[];
}

export const partitionOf = (account: Account) => account.partition ?? "aws";

export const userArn = (account: Account, user: User) =>
  `arn:${partitionOf(account)}:iam::${account.id}:user${user.path ?? "/"}${user.name}`;

export const roleArn = (account: Account, role: Role) =>
  `arn:${partitionOf(account)}:iam::${account.id}:role${role.path ?? "/"}${role.name}`;

export const rootArn = (account: Account) => `arn:${partitionOf(account)}:iam::${account.id}:root`;

export const providerArn = (account: Account, { issuer }: IdentityProvider) =>
  `arn:${partitionOf(account)}:iam::${account.id}:oidc-provider/${issuer}`;

/** A unique id as IAM makes them (AIDA… for users, AROA… for roles), always the same for the same ARN. */
export function principalId(prefix: "AIDA" | "AROA", arn: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const digest = createHash("sha256").update(arn).digest();
  return prefix + Array.from(digest.subarray(0, 17), (byte) => letters[byte % 32]).join("");
}

/** Throws, naming what is wrong, when JSON read from a file is not a world. */
export function checkWorld(value: unknown): World {
  const world = value as World;
  if (!Array.isArray(world?.accounts)) throw new Error("a world needs a list called accounts");
  for (const account of world.accounts) {
    if (!/^\d{12}$/.test(account.id)) throw new Error(`not an account id: ${account.id}`);
    for (const user of account.users) {
      for (const list of ["accessKeys", "mfaDevices", "policies"] as const) {
        if (!Array.isArray(user[list])) throw new Error(`user ${user.name} needs a list called ${list}`);
      }
    }
    for (const role of account.roles) {
      if (!role.trust) throw new Error(`role ${role.name} needs a trust policy`);
      if (!Array.isArray(role.policies)) throw new Error(`role ${role.name} needs a list called policies`);
    }
  }
  return world;
}
