import type { AccessKey, Endpoint } from "../aws/aws.ts";
import {
  type Identity,
  type Limit,
  NoKnownExpiry,
  type Position,
  type RoleHop,
  type Root,
} from "../config/resolve/identity.ts";
import type { SignInRoot, SourceRoot } from "../sources/source.ts";
import { UserError } from "../system/user-error.ts";
import {
  baseIdentity,
  baseSessionItem,
  fingerprint,
  type ItemName,
  roleSessionItem,
  type SessionKeyParts,
  sourceItem,
} from "./item.ts";
import { intoRole, limitSteps } from "./limits.ts";

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
  /** The device whose code is needed; undefined: none is needed. */
  readonly device?: string | undefined;
  /** Seconds. */
  readonly durationSeconds: number;
  /** Seconds that its code may be old where a role is assumed with it; undefined: any age. */
  readonly codeSeconds?: number | undefined;
  readonly item: ItemName;
  readonly because: string;
}

/**
 * Credentials from IAM Identity Center, a web identity, the machine or another program. A long-term key, which only
 * another program can give, is exchanged for a session at once, with a code of the device where one is named.
 */
export interface SourceStep {
  readonly kind: "source";
  readonly root: SourceRoot;
  /** The device whose code a long-term key needs; undefined: none is named. */
  readonly device?: string | undefined;
  /** Seconds that the session of a long-term key lasts. */
  readonly durationSeconds: number;
  /** For a web identity whose profile says none; undefined: the default one. */
  readonly roleSessionName: string | undefined;
  readonly item: ItemName;
  readonly because: string;
}

/** AssumeRole. */
export interface RoleStep {
  readonly kind: "role";
  readonly hop: RoleHop;
  /** The credentials that sign the call. */
  readonly with: "base-session" | "long-term-key" | "temporary-key" | "source" | "role-session";
  /** The device whose code goes with this call; undefined: none is needed. */
  readonly device?: string | undefined;
  /** From the profile or the environment; undefined: the default one, see `session-name.ts`. */
  readonly roleSessionName: string | undefined;
  readonly item: ItemName;
  readonly because: string;
}

/** GetScopedCredentials: the session of the step before, with less power or a shorter life. */
export interface LimitStep {
  readonly kind: "limit";
  /** The limited identity. */
  readonly profile: string;
  readonly position: Position | undefined;
  /** A policy document in JSON. */
  readonly policy: string | undefined;
  /** Seconds; undefined: as long as the session that is limited. */
  readonly durationSeconds: number | undefined;
  /** The coding agent that it is for. */
  readonly agent?: string | undefined;
  /** No code goes with it. */
  readonly device?: undefined;
  readonly item: ItemName;
  readonly because: string;
}

export type Step = BaseSessionStep | SourceStep | RoleStep | LimitStep;

/** The steps from a root to an identity, as data: made by `plan`, shown by `explain`, carried out by `obtain`. */
export interface Plan {
  readonly kind: "plan";
  readonly identity: string;
  /** Keys of the environment are `static-keys` here. */
  readonly root: Root;
  readonly endpoint: Endpoint;
  /** Where base sessions are got: the region of the root's own profile, whichever role asked for one. */
  readonly rootEndpoint: Endpoint;
  /** In the order in which they are carried out; the last one's credentials are the identity's. */
  readonly steps: readonly [Step, ...Step[]];
  /** Names the lock for everything that starts from this root. */
  readonly baseIdentity: string;
  /** The account that the identity acts in, where an ARN tells. */
  readonly accountId?: string | undefined;
}

/** A root that is a long-term key: in a file, or with its secret in the store. */
export type KeyRoot = Extract<Root, { kind: "static-keys" | "stored-keys" }>;

export function isKeyRoot(root: Root): root is KeyRoot {
  return root.kind === "static-keys" || root.kind === "stored-keys";
}

/**
 * What to say of a user's session that is got without a code: IAM refuses it, in words that sound like a broken one; undefined
 * for every other session. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
 */
export function refusedByIam({ steps, identity }: Plan): string | undefined {
  const last = steps.at(-1);
  if (last?.kind !== "base-session" || last.device !== undefined) return undefined;
  return `a session got without a code cannot call IAM: AWS answers InvalidClientTokenId; with the key itself: aws-as exec --no-session ${identity} -- aws iam …`;
}

export function isSignInRoot(root: Root): root is SignInRoot {
  return root.kind === "sso" || root.kind === "login-session";
}

/** The device of this key's user has to be known before planning can go on. */
export interface DeviceNeeded {
  readonly kind: "device-needed";
  readonly key: KeyRoot;
}

/** What a plan depends on beside the identity. */
export interface PlanInput {
  readonly endpoint: Endpoint;
  readonly rootEndpoint: Endpoint;
  /** The part of a cache key that stands for the endpoint. */
  readonly endpointKey: string;
  /** Seconds that a base session shall last, 900 to 129600. */
  readonly sessionSeconds: number;
  /** Seconds that the code may be old with which the first role is assumed. */
  readonly mfaSeconds?: number | undefined;
  /** A valid role session name from the environment, for roles that configure none. */
  readonly sessionName?: string | undefined;
  /** What is remembered of the key's device, for identities whose configuration names none. */
  readonly remembered: KnownDevice;
  /** The key in the environment, for `credential_source = Environment`. */
  readonly environmentKey?: AccessKey | undefined;
  /** The limits of the identity with their policies read: documents in JSON, or names of ready ones. */
  readonly limits?: readonly Limit[] | undefined;
  /** The coding agent that asks. */
  readonly agent?: string | undefined;
  /** What tells one container or instance from another, for the other credential sources: addresses, never a secret. */
  readonly surroundings: readonly string[];
}

/**
 * Plans the steps to an identity. Pure.
 *
 * One base session is shared by all roles of a key, so that one MFA code serves them all. A first role that
 * wants more than an hour, or names a device of its own, is assumed straight from the long-term key with its own code.
 *
 * @throws UserError where AWS would refuse in any case, or the source cannot be used
 */
export function plan(identity: Identity, given: PlanInput): Plan | DeviceNeeded {
  const { limits, agent } = given;
  if (limits === undefined) return planUnlimited(identity, given);
  const { hops, rest } = intoRole(identity.hops, limits);
  const made = planUnlimited({ ...identity, hops }, given);
  if (made.kind === "device-needed") return made;
  const [first, ...more] = made.steps;
  return { ...made, steps: [first, ...more, ...limitSteps(identity, rest, more.at(-1) ?? first, agent)] };
}

function planUnlimited(identity: Identity, given: PlanInput): Plan | DeviceNeeded {
  const { hops } = identity;
  const root = rootWithEnvironmentKey(identity.root, given.environmentKey);
  if (!isKeyRoot(root)) return planFromSource(identity, root, given);
  if (root.kind === "static-keys" && root.sessionToken !== undefined)
    return planFromTemporaryKey(identity, root, given);

  const device = deviceOf(root, hops, given.remembered);
  if (device.kind === "unknown") return { kind: "device-needed", key: root };
  const serial = device.kind === "device" ? device.serial : undefined;

  const first = hops[0];
  const direct = first === undefined ? undefined : directMethod(first, serial);
  const keyParts: SessionKeyParts = {
    endpointKey: given.endpointKey,
    accessKeyId: root.accessKeyId,
    device: serial,
    durationSeconds: direct === undefined ? given.sessionSeconds : undefined,
  };
  const codeSeconds = first === undefined || serial === undefined ? undefined : given.mfaSeconds;
  const base: BaseSessionStep = {
    kind: "base-session",
    device: serial,
    durationSeconds: given.sessionSeconds,
    codeSeconds,
    item: baseSessionItem(keyParts, root.profile),
    because:
      device.kind === "device"
        ? `MFA device from ${device.from}${codeSeconds === undefined ? "" : `; "${first?.profile}" wants a code that is at most ${codeSeconds} s old`}`
        : `no MFA device: ${device.because}`,
  };
  const shared: AssumeMethod = {
    with: "base-session",
    because: "with the session that all roles of this user share",
  };
  const roles = roleSteps(hops, { given, first: direct ?? shared, baseDevice: serial, keyParts });
  return finished(identity, root, given, direct === undefined ? [base, ...roles] : roles, serial);
}

function planFromTemporaryKey(identity: Identity, root: KeyRoot, given: PlanInput): Plan {
  if (identity.hops.length === 0) throw new NoKnownExpiry(root.profile, root.position);
  const steps = roleSteps(identity.hops, {
    given,
    first: { with: "temporary-key", because: "the source profile holds temporary credentials" },
    baseDevice: undefined,
    keyParts: { endpointKey: given.endpointKey, accessKeyId: root.accessKeyId },
  });
  return finished(identity, root, given, steps, undefined);
}

function planFromSource(identity: Identity, root: SourceRoot, given: PlanInput): Plan {
  const { endpointKey } = given;
  // Only another program may give a long-term key; the other sources have no device.
  const device = root.kind === "process" ? deviceOf(root, identity.hops, given.remembered) : undefined;
  const serial = device?.kind === "device" ? device.serial : undefined;
  const keyParts: SessionKeyParts = { endpointKey, accessKeyId: sourceKey(root, given), device: serial };
  const source: SourceStep = {
    kind: "source",
    root,
    device: serial,
    durationSeconds: given.sessionSeconds,
    roleSessionName: given.sessionName,
    item: sourceItem(keyParts, sourceLabel(root)),
    because: sourceReasons[root.kind],
  };
  const first: AssumeMethod = { with: "source", because: `with what profile "${root.profile}" gives` };
  const roles = roleSteps(identity.hops, { given, first, baseDevice: serial, keyParts });
  return finished(identity, root, given, [source, ...roles], serial);
}

/** The root with keys of the environment put in: they are planned with like keys of a file. */
function rootWithEnvironmentKey(root: Root, key: AccessKey | undefined): Root {
  if (root.kind !== "credential-source" || root.source !== "Environment") return root;
  const { profile, position } = root;
  if (key === undefined) {
    throw new UserError(
      `profile "${profile}" takes its keys from the environment, where AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set`,
      { at: position },
    );
  }
  return { kind: "static-keys", profile, position, ...key };
}

/** Stands for a source in cache keys, as an access key id does for a key: all that shapes its answer. */
function sourceKey(root: SourceRoot, { surroundings, sessionName, sessionSeconds }: PlanInput): string {
  if (root.kind === "temporary-keys") return `key ${root.accessKeyId}`;
  const { position, profile, ...parts } = root;
  const shape = Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
  const around = {
    "web-identity": [sessionName ?? null],
    "credential-source": surroundings,
    process: [sessionSeconds],
    sso: [],
    "login-session": [],
  }[root.kind];
  return `source ${fingerprint([shape, around])}`;
}

const sourceReasons: Readonly<Record<SourceRoot["kind"], string>> = {
  sso: "IAM Identity Center gives the role that the profile names",
  "web-identity": "a token in a file stands for the identity",
  "credential-source": "the machine gives credentials to what runs on it",
  "login-session": "`aws login` has signed in",
  process: "another program gives credentials",
  "temporary-keys": "another program keeps temporary credentials in the file",
};

/** The name of a source in the list of sessions. */
function sourceLabel(root: SourceRoot): string {
  switch (root.kind) {
    case "sso":
      return root.accountId === undefined
        ? `SSO ${root.profile}`
        : `SSO ${root.roleName} in ${root.accountId}`;
    case "web-identity":
      return `web identity ${root.profile}`;
    case "credential-source":
      return `${root.source} for ${root.profile}`;
    case "login-session":
      return `aws login ${root.profile}`;
    case "process":
      return `credential_process ${root.profile}`;
    case "temporary-keys":
      return `temporary key ${root.profile}`;
  }
}

function finished(
  identity: Identity,
  root: Root,
  given: PlanInput,
  steps: readonly Step[],
  serial: string | undefined,
): Plan {
  const accountId = accountOfPlan(identity.hops.at(-1)?.roleArn, root, serial);
  const keyId = isKeyRoot(root) ? root.accessKeyId : sourceKey(root, given);
  const [head, ...rest] = steps;
  if (head === undefined) throw new Error(`a plan for ${identity.name} without a step`);
  return {
    kind: "plan",
    identity: identity.name,
    root,
    endpoint: given.endpoint,
    rootEndpoint: given.rootEndpoint,
    baseIdentity: baseIdentity(given.endpointKey, keyId),
    steps: [head, ...rest],
    accountId,
  };
}

/** How a role is assumed, and why so. */
interface AssumeMethod {
  readonly with: RoleStep["with"];
  readonly device?: string | undefined;
  readonly because: string;
}

interface RoleStepsInput {
  readonly given: PlanInput;
  readonly first: AssumeMethod;
  readonly baseDevice: string | undefined;
  readonly keyParts: SessionKeyParts;
}

function roleSteps(hops: readonly RoleHop[], input: RoleStepsInput): RoleStep[] {
  return hops.map((hop, index) => {
    const roleSessionName = hop.roleSessionName ?? input.given.sessionName;
    const temporary = index > 0 || input.first.with === "temporary-key" || input.first.with === "source";
    if (temporary) checkChainedRole(hop, input.baseDevice);
    const method: AssumeMethod =
      index === 0
        ? input.first
        : { with: "role-session", because: `the chain goes on from "${hops[index - 1]?.profile}"` };
    const chain = hops.slice(0, index + 1).map((each) => {
      const name = each.roleSessionName ?? input.given.sessionName;
      return name === undefined ? each : { ...each, roleSessionName: name };
    });
    return {
      kind: "role",
      hop,
      with: method.with,
      device: method.device,
      roleSessionName,
      item: roleSessionItem(input.keyParts, chain, input.first),
      because: method.because,
    };
  });
}

/** A role assumed from temporary credentials can send no MFA code and lasts an hour at most. */
function checkChainedRole(hop: RoleHop, baseDevice: string | undefined): void {
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

function directMethod(first: RoleHop, serial: string | undefined): AssumeMethod | undefined {
  const own = first.mfaSerial;
  if (own !== undefined && own !== "none" && serial !== undefined && own !== serial) {
    return { with: "long-term-key", device: own, because: "the role names an MFA device of its own" };
  }
  if (first.durationSeconds !== undefined && first.durationSeconds > chainedLimit) {
    return {
      with: "long-term-key",
      device: serial,
      because: `${first.durationSeconds} s is over the ${chainedLimit} s that AWS gives to a role assumed with a session`,
    };
  }
  return undefined;
}

/** The root's own device, else the one named nearest to it, else the remembered one. `none` means no device. */
function deviceOf(
  root: Pick<KeyRoot, "profile" | "mfaSerial">,
  hops: readonly RoleHop[],
  remembered: KnownDevice,
): KnownDevice {
  const named = [{ profile: root.profile, mfaSerial: root.mfaSerial }, ...hops].find(
    (each) => each.mfaSerial !== undefined,
  );
  if (named?.mfaSerial === undefined) return remembered;
  if (named.mfaSerial === "none") return { kind: "none", because: `profile "${named.profile}" says so` };
  return { kind: "device", serial: named.mfaSerial, from: `profile "${named.profile}"` };
}

/** The account of the last role, else of the root. */
function accountOfPlan(role: string | undefined, root: Root, serial: string | undefined): string | undefined {
  if (role !== undefined) return accountOf(role);
  switch (root.kind) {
    case "sso":
      return root.accountId;
    case "web-identity":
      return accountOf(root.roleArn);
    case "login-session":
      return accountOf(root.loginSession);
    default:
      return accountOf(serial);
  }
}

/** The account in an ARN (`arn:partition:service:region:account:…`). */
export function accountOf(arn: string | undefined): string | undefined {
  const account = arn?.split(":")[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

export function stepAt(plan: Plan, index: number): Step {
  const step = plan.steps[index];
  if (step === undefined) throw new RangeError(`step ${index} of ${plan.steps.length}`);
  return step;
}
