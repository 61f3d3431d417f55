import type { Endpoint } from "../aws/aws.ts";
import type { Identity, RoleHop, Root } from "../config/identity.ts";
import { UserError } from "../system/user-error.ts";
import { baseIdentity, baseSessionItem, type ItemName, roleSessionItem, type Trunk } from "./item.ts";
import type { KeyRoot } from "./long-term-key.ts";

/** Seconds. What STS gives at most to a role that is assumed with temporary credentials. */
const chainedLimit = 3600;

/** The MFA device of the long-term key, as far as it is known. `unknown`: ask IAM before planning again. */
export type KnownDevice =
  | { readonly kind: "device"; readonly serial: string; readonly from: string }
  | { readonly kind: "none"; readonly because: string }
  | { readonly kind: "unknown" };

/** GetSessionToken: temporary credentials of the user, shared by everything that starts from the same key. */
export interface BaseSessionStep {
  readonly kind: "base-session";
  /** The device whose code is needed; absent: none is needed. */
  readonly device?: string;
  /** Seconds. */
  readonly durationSeconds: number;
  readonly item: ItemName;
  readonly because: string;
}

/** AssumeRole. */
export interface RoleStep {
  readonly kind: "role";
  readonly hop: RoleHop;
  /** Whose credentials make the call. */
  readonly with: "base-session" | "long-term-key" | "temporary-key" | "role-session";
  /** The device whose code goes with this very call; absent: the caller's credentials do without. */
  readonly device?: string;
  readonly roleSessionName: string;
  readonly item: ItemName;
  readonly because: string;
}

export type Step = BaseSessionStep | RoleStep;

/** The way from a key to an identity: data, made by `plan`, shown by `explain`, carried out by `obtain`. */
export interface Plan {
  readonly kind: "plan";
  readonly identity: string;
  readonly key: KeyRoot;
  readonly endpoint: Endpoint;
  /** In the order in which they are carried out; the last one's credentials are the identity's. */
  readonly steps: readonly [Step, ...Step[]];
  /** Names the lock for everything that starts from this key. */
  readonly baseIdentity: string;
  /** The account that the identity acts in, where an ARN tells. */
  readonly accountId?: string;
}

/** Planning cannot go on before it is known which device the user of this key has. */
export interface DeviceNeeded {
  readonly kind: "device-needed";
  readonly key: KeyRoot;
}

/** What a plan depends on besides the identity. */
export interface Circumstances {
  readonly endpoint: Endpoint;
  /** The part of a cache key that stands for the endpoint. */
  readonly endpointKey: string;
  /** Seconds that a base session shall last, 900 to 129600. */
  readonly sessionSeconds: number;
  /** A valid role session name, for roles that configure none. */
  readonly sessionName: string;
  /** What is remembered of the key's device, for identities whose configuration names none. */
  readonly remembered: KnownDevice;
}

/**
 * Plans the way to an identity. Pure.
 *
 * One base session is shared by all roles of a key, so that one MFA code serves them all. A first role that
 * wants more than an hour, or names a device of its own, goes straight from the long-term key with its own code.
 *
 * @throws UserError where AWS would refuse in any case, or where the source is not one we can use
 */
export function plan(identity: Identity, given: Circumstances): Plan | DeviceNeeded {
  const { root, hops } = identity;
  if (root.kind !== "static-keys" && root.kind !== "stored-keys") throw unsupported(identity.name, root);
  if (root.kind === "static-keys" && root.sessionToken !== undefined)
    return planFromTemporaryKey(identity, root, given);

  const device = deviceOf(root, hops, given.remembered);
  if (device.kind === "unknown") return { kind: "device-needed", key: root };
  const serial = device.kind === "device" ? device.serial : undefined;

  const first = hops[0];
  const direct = first === undefined ? undefined : reasonToGoDirectly(first, serial);
  const trunk: Trunk = {
    endpointKey: given.endpointKey,
    accessKeyId: root.accessKeyId,
    device: serial,
    ...(direct === undefined ? { durationSeconds: given.sessionSeconds } : {}),
  };
  const base: BaseSessionStep = {
    kind: "base-session",
    ...(serial === undefined ? {} : { device: serial }),
    durationSeconds: given.sessionSeconds,
    item: baseSessionItem(trunk, root.profile),
    because: device.kind === "device" ? `MFA device from ${device.from}` : `no MFA device: ${device.because}`,
  };
  const shared: Way = { with: "base-session", because: "with the session that all roles of this user share" };
  const roles = roleSteps(hops, { given, first: direct ?? shared, baseDevice: serial, trunk });
  return finished(identity, root, given, direct === undefined ? [base, ...roles] : roles, serial);
}

function planFromTemporaryKey(identity: Identity, root: KeyRoot, given: Circumstances): Plan {
  if (identity.hops.length === 0) {
    throw new UserError(
      `profile "${root.profile}" holds temporary credentials (aws_session_token) whose end is not known`,
      { hints: ["aws-as serves long-term keys and roles; use this profile directly"] },
    );
  }
  const steps = roleSteps(identity.hops, {
    given,
    first: { with: "temporary-key", because: "the source profile holds temporary credentials" },
    baseDevice: undefined,
    trunk: { endpointKey: given.endpointKey, accessKeyId: root.accessKeyId },
  });
  return finished(identity, root, given, steps, undefined);
}

function finished(
  identity: Identity,
  key: KeyRoot,
  given: Circumstances,
  steps: readonly Step[],
  serial: string | undefined,
): Plan {
  const accountId = accountOf(identity.hops.at(-1)?.roleArn ?? serial);
  const [head, ...rest] = steps;
  if (head === undefined) throw new Error(`a plan for ${identity.name} without a step`);
  return {
    kind: "plan",
    identity: identity.name,
    key,
    endpoint: given.endpoint,
    baseIdentity: baseIdentity(given.endpointKey, key.accessKeyId),
    steps: [head, ...rest],
    ...(accountId === undefined ? {} : { accountId }),
  };
}

/** How a role is assumed, and why so. */
interface Way {
  readonly with: RoleStep["with"];
  readonly device?: string;
  readonly because: string;
}

interface Chain {
  readonly given: Circumstances;
  readonly first: Way;
  readonly baseDevice: string | undefined;
  readonly trunk: Trunk;
}

function roleSteps(hops: readonly RoleHop[], how: Chain): RoleStep[] {
  return hops.map((hop, index) => {
    const roleSessionName = hop.roleSessionName ?? how.given.sessionName;
    const temporary = index > 0 || how.first.with === "temporary-key";
    if (temporary) refuseWhatAChainCannotDo(hop, how.baseDevice);
    const way: Way =
      index === 0
        ? how.first
        : { with: "role-session", because: `the chain goes on from "${hops[index - 1]?.profile}"` };
    const travelled = hops.slice(0, index + 1).map((each) => ({
      ...each,
      roleSessionName: each.roleSessionName ?? how.given.sessionName,
    }));
    return {
      kind: "role",
      hop,
      with: way.with,
      ...(way.device === undefined ? {} : { device: way.device }),
      roleSessionName,
      item: roleSessionItem(how.trunk, travelled, how.first),
      because: way.because,
    };
  });
}

/** On a chain's later roles AWS takes no MFA code, and gives no more than an hour. */
function refuseWhatAChainCannotDo(hop: RoleHop, baseDevice: string | undefined): void {
  const at = `${hop.position.file}:${hop.position.line}`;
  if (hop.durationSeconds !== undefined && hop.durationSeconds > chainedLimit) {
    throw new UserError(
      `${at}: profile "${hop.profile}" wants ${hop.durationSeconds} s, but AWS gives a role that is assumed from temporary credentials ${chainedLimit} s at most`,
      { hints: [`set duration_seconds = ${chainedLimit} or less in profile "${hop.profile}"`] },
    );
  }
  const own = hop.mfaSerial === "none" ? undefined : hop.mfaSerial;
  if (own !== undefined && baseDevice !== undefined && own !== baseDevice) {
    throw new UserError(
      `${at}: profile "${hop.profile}" names an MFA device of its own, but AWS takes no code for a role that is assumed from another role`,
      { hints: [`remove mfa_serial from profile "${hop.profile}", or name ${baseDevice}`] },
    );
  }
}

function reasonToGoDirectly(first: RoleHop, serial: string | undefined): Way | undefined {
  const own = first.mfaSerial;
  if (own !== undefined && own !== "none" && serial !== undefined && own !== serial) {
    return { with: "long-term-key", device: own, because: "the role names an MFA device of its own" };
  }
  if (first.durationSeconds !== undefined && first.durationSeconds > chainedLimit) {
    return {
      with: "long-term-key",
      ...(serial === undefined ? {} : { device: serial }),
      because: `${first.durationSeconds} s is over the ${chainedLimit} s that AWS gives to a role assumed with a session`,
    };
  }
  return undefined;
}

/** The root's own device, else the one named nearest to it, else what is remembered. `none` says: there is none. */
function deviceOf(root: KeyRoot, hops: readonly RoleHop[], remembered: KnownDevice): KnownDevice {
  const named = [{ profile: root.profile, mfaSerial: root.mfaSerial }, ...hops].find(
    (each) => each.mfaSerial !== undefined,
  );
  if (named?.mfaSerial === undefined) return remembered;
  if (named.mfaSerial === "none") return { kind: "none", because: `profile "${named.profile}" says so` };
  return { kind: "device", serial: named.mfaSerial, from: `profile "${named.profile}"` };
}

/** The account in an ARN (`arn:partition:service:region:account:…`). */
function accountOf(arn: string | undefined): string | undefined {
  const account = arn?.split(":")[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

type OtherRoot = Exclude<Root, KeyRoot>;

const sources: Record<OtherRoot["kind"], string> = {
  sso: "IAM Identity Center",
  "web-identity": "a web identity token",
  "credential-source": "the environment or instance metadata",
  "login-session": "`aws login`",
  process: "another credential_process",
};

function unsupported(name: string, root: OtherRoot): UserError {
  const { file, line } = root.position;
  return new UserError(
    `"${name}" takes its credentials from ${sources[root.kind]} (${file}:${line}), which this version of aws-as cannot use yet`,
    { hints: [`use it without aws-as: aws --profile ${name} sts get-caller-identity`] },
  );
}
