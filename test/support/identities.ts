import type { Endpoint } from "../../src/aws/aws.ts";
import type { Identity, RoleHop, Root } from "../../src/config/resolve/identity.ts";
import type { Plan, PlanInput } from "../../src/session/plan.ts";
import { plan } from "../../src/session/plan.ts";
import type { SourceRoot } from "../../src/sources/source.ts";
import { Secret } from "../../src/system/secret.ts";

/** Identities as the config room gives them, for tests of what is done with them. */
export const device = "arn:aws:iam::111111111111:mfa/my-user1";
const position = { file: "~/.aws/config", line: 1 };

export const userRoot: Extract<Root, { kind: "static-keys" }> = {
  kind: "static-keys",
  profile: "my-user1-dev",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: new Secret("user-secret"),
  position,
};

export function hop(name: string, more: Partial<RoleHop> = {}): RoleHop {
  return { profile: name, roleArn: `arn:aws:iam::111111111111:role/${name}`, position, ...more };
}

/** A source that another program is. */
export const processRoot = { kind: "process", profile: "p", command: "/bin/get-keys", position } as const;

/** An identity that starts from a source. */
export function sourced(name: string, root: SourceRoot = processRoot, hops: RoleHop[] = []): Identity {
  return { name, root, hops, settings: new Map() };
}

export function identity(name: string, hops: RoleHop[] = [], root: Partial<typeof userRoot> = {}): Identity {
  return { name, root: { ...userRoot, ...root }, hops, settings: new Map() };
}

export const endpoint: Endpoint = {
  region: "eu-west-1",
  partition: "aws",
  fips: false,
  dualStack: false,
};

export const usual: PlanInput = {
  endpoint,
  rootEndpoint: endpoint,
  endpointKey: "aws",
  sessionSeconds: 43_200,
  remembered: { kind: "none", because: "IAM lists none for this user" },
  surroundings: [],
};

/** The plan of an identity under the usual circumstances. */
export function planOf(who: Identity, given: Partial<PlanInput> = {}): Plan {
  const made = plan(who, { ...usual, ...given });
  if (made.kind !== "plan") throw new Error("the device is unknown");
  return made;
}
