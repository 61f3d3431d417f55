import { resolve } from "node:path";
import type { AccessKey, Endpoint } from "../aws/aws.ts";
import { endpointFor, endpointKey, homeRegion, partitionOfRegion } from "../aws/endpoint.ts";
import { type AwsConfig, expandHome } from "../config/aws-config.ts";
import { deviceOfRoles } from "../config/resolve/device-of-roles.ts";
import { baseName, effectiveProfile, limitedName } from "../config/resolve/effective-profile.ts";
import type { Identity, Root } from "../config/resolve/identity.ts";
import {
  type IdentityName,
  identityNames,
  mayHaveProject,
  projectIdentities,
} from "../config/resolve/identity-list.ts";
import { roleOfName } from "../config/resolve/short-names.ts";
import { mfaSeconds, serviceUrls, sessionName, sessionNameIn, sessionSeconds } from "../config/settings.ts";
import { quote } from "../config/shown.ts";
import type { Machine, Task } from "../machine/machine.ts";
import { readConfig } from "../machine/open.ts";
import { type DeviceOwner, findDevice, forgetDevice, recallDevice } from "../session/device.ts";
import { baseIdentity } from "../session/item.ts";
import { readyPolicies } from "../session/limits.ts";
import { openKey } from "../session/long-term-key.ts";
import { isKeyRoot, isSignInRoot, type KnownDevice, type Plan, plan } from "../session/plan.ts";
import type { StoredItem } from "../store/secret-store.ts";
import type { Environment } from "../system/environment.ts";
import { printable } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";
import { UserError } from "../system/user-error.ts";
import { actingAs } from "./acting.ts";
import { withPolicyRead } from "./policy-file.ts";

/**
 * The configuration to find a name in that a person has typed: where neither profiles nor accounts have it, with the names of
 * the project's file, if that has it and is allowed. All else takes the configuration as it is.
 *
 * @param mayAsk whether the person may be asked to allow the file
 * @param errors as for `readConfig`
 * @throws UserError where the file has the name and is not allowed
 */
export async function configFor(
  typed: string,
  machine: Machine,
  mayAsk: boolean,
  errors?: UserError[],
): Promise<AwsConfig> {
  const config = await readConfig(machine, errors);
  const name = baseName(typed);
  if (effectiveProfile(config, name) !== undefined || roleOfName(config, name) !== undefined) return config;
  const { projectNamesFor } = await import("./project.ts");
  const project = await projectNamesFor(name, config, machine, mayAsk);
  return project === undefined ? config : Object.assign(config, { project });
}

/**
 * All identities that a person can name here: those of the files, and those of the project's file where it is allowed, which
 * the configuration knows from then on. Asks nobody.
 *
 * @returns `unused`: why the names of a project's file that is there do not count
 */
export async function identitiesHere(
  config: AwsConfig,
  machine: Machine,
): Promise<{ readonly identities: readonly IdentityName[]; readonly unused?: string | undefined }> {
  const own = identityNames(config);
  // Whoever has no such file loads no code for it.
  if (!mayHaveProject(machine.folder(), (path) => machine.realPath(path) !== undefined))
    return { identities: own };
  const { projectNamesHere } = await import("./project.ts");
  const { names, unused } = await projectNamesHere(config, machine);
  Object.assign(config, { project: names });
  return { identities: [...own, ...projectIdentities(config)], unused };
}

/** The parts of a key that finding its device needs. */
type KeyOwner = Pick<DeviceOwner, "profile" | "accessKeyId" | "endpointKey">;

/** Finds the MFA device of a key without asking IAM or a person. */
export type FindDevice = (owner: KeyOwner, config: AwsConfig, machine: Machine) => Promise<KnownDevice>;

/**
 * The plan from files alone; undefined where IAM has to be asked for the key's MFA device first.
 *
 * @param find lets a caller that plans many identities of few keys look once per key
 */
export async function planFromMemory(
  identity: Identity,
  config: AwsConfig,
  machine: Machine,
  find: FindDevice = deviceFromMemory,
): Promise<Plan | undefined> {
  const input = await planInput(identity, config, machine);
  const made = plan(input.identity, { ...input, remembered: { kind: "unknown" } });
  if (made.kind === "plan") return made;
  const { profile, accessKeyId } = made.key;
  const found = await find({ profile, accessKeyId, endpointKey: input.endpointKey }, config, machine);
  return found.kind === "unknown" ? undefined : planWith(input, found);
}

/** The MFA device of a key from files alone. */
export async function deviceFromMemory(
  owner: KeyOwner,
  config: AwsConfig,
  { notes, clock }: Machine,
): Promise<KnownDevice> {
  const named = deviceOfRoles(config, owner.profile);
  if (named !== undefined) return { kind: "device", serial: named, from: "the user's roles" };
  return recallDevice(owner, notes, clock);
}

/** Looks each sign-in up once, for what goes through all identities: thousands of profiles may share one. */
export function signInsOnce(machine: Machine): Pick<Machine, "signIn"> {
  const known = new Map<string, Promise<string | undefined>>();
  return {
    signIn: (root) => {
      const key = JSON.stringify(
        root.kind === "sso" ? [root.kind, root.session ?? root.startUrl] : [root.kind, root.loginSession],
      );
      const found = known.get(key) ?? machine.signIn(root);
      known.set(key, found);
      return found;
    },
  };
}

/** What the store lists, for a plan; nothing where the sign-in is gone that its sessions were got with. */
export async function itemsFor(
  { root }: Plan,
  items: ReadonlyMap<string, StoredItem>,
  machine: Pick<Machine, "signIn">,
): Promise<ReadonlyMap<string, StoredItem>> {
  return isSignInRoot(root) && (await machine.signIn(root)) === undefined ? new Map() : items;
}

/** The plan to show while it is not known whether the key has an MFA device: the one without. */
export async function planWithoutDevice(
  identity: Identity,
  config: AwsConfig,
  machine: Machine,
): Promise<Plan> {
  const remembered = { kind: "none", because: "none is known yet" } as const;
  return planWith(await planInput(identity, config, machine), remembered);
}

/**
 * The plan, after asking IAM for the device where no file names it. A person who gives a code or logs in has perhaps just
 * registered a device, so a remembered "none" does not count then.
 */
export async function planFor(
  identity: Identity,
  { config, machine, store }: Pick<Task, "config" | "machine" | "store">,
  {
    deadline,
    code,
    toKeep,
  }: { deadline?: number | undefined; code?: string | undefined; toKeep?: boolean | undefined } = {},
): Promise<Plan> {
  let made = await planFromMemory(identity, config, machine);
  if (made !== undefined && (code !== undefined || toKeep)) {
    const { root, endpoint } = made;
    if (isKeyRoot(root) && made.steps.every((step) => step.device === undefined)) {
      await forgetDevice(
        { accessKeyId: root.accessKeyId, endpointKey: endpointKey(endpoint) },
        machine.notes,
      );
      made = await planFromMemory(identity, config, machine);
    }
  }
  if (made !== undefined) return made;
  const device = await deviceFromIam(identity, { config, machine, store }, deadline);
  return planWith(await planInput(identity, config, machine), device);
}

/** The MFA device of an identity's long-term key: remembered, else asked from IAM and perhaps a person. */
export async function deviceFromIam(
  identity: Identity,
  { config, machine, store }: Pick<Task, "config" | "machine" | "store">,
  deadline?: number,
): Promise<KnownDevice> {
  const input = await planInput(identity, config, machine);
  const { endpoint, endpointKey: key } = input;
  // A key of the environment becomes a key root in the plan only.
  const made = plan(input.identity, { ...input, remembered: { kind: "unknown" } });
  const root = made.kind === "plan" ? made.root : made.key;
  if (!isKeyRoot(root)) throw new Error(`device of a ${root.kind}`);
  // Of many processes at once, one asks IAM, and a person if needed; the others find its note.
  const lock = await machine.lock(baseIdentity(key, root.accessKeyId), deadline);
  try {
    return await findDevice(
      { profile: root.profile, accessKeyId: root.accessKeyId, endpoint, endpointKey: key },
      {
        aws: machine.aws(deadline),
        notes: machine.notes,
        clock: machine.clock,
        key: () => openKey(root, store),
        choose: (serials) => machine.choose(`MFA device of "${root.profile}"`, serials, deadline),
      },
    );
  } finally {
    lock?.release();
  }
}

type Input = Awaited<ReturnType<typeof planInput>>;

function planWith(input: Input, remembered: KnownDevice): Plan {
  const { identity } = input;
  const made = plan(identity, { ...input, remembered });
  if (made.kind === "device-needed") throw new Error(`no device for ${identity.name}, and no reason`);
  return made;
}

async function planInput(asked: Identity, config: AwsConfig, machine: Machine) {
  const { identity, agent } = await withAgent(asked, config, machine);
  const { root, limits } = identity;
  const [first] = identity.hops;
  const arn = identity.hops.at(-1)?.roleArn ?? arnOf(root);
  const endpoint = endpointOf(identity.settings, arn, config, machine);
  return {
    endpoint,
    rootEndpoint: rootEndpoint(root.profile, endpoint, config),
    endpointKey: endpointKey(endpoint),
    sessionSeconds: sessionSeconds(config, root.profile),
    mfaSeconds: first && mfaSeconds(config, first.profile),
    sessionName: sessionNameIn(machine.env),
    identity,
    agent,
    limits: limits && (await Promise.all(limits.map((each) => withPolicyRead(each, machine)))),
    ...environmentSource(machine.env, identity),
  };
}

/** The identity with the names of its sessions, and the agent that asks: where one of the two can matter. */
async function withAgent(
  identity: Identity,
  config: AwsConfig,
  machine: Machine,
): Promise<{ readonly identity: Identity; readonly agent?: string | undefined }> {
  const { root, hops, limits } = identity;
  const own = [root, ...hops, ...(limits ?? [])].some((each) => "sessionNameForm" in each);
  const said = config.settings?.properties.get("session_name");
  const general = said?.value && sessionNameIn(machine.env) === undefined ? said : undefined;
  if (!own && general === undefined && limits === undefined) return { identity };
  // Loaded here, because a cache hit comes through this file.
  const [{ agentOf }, { named }] = await Promise.all([import("./agents.ts"), import("./session-form.ts")]);
  const agent = (await agentOf(machine))?.name;
  return { identity: named(identity, general, { user: sessionName(machine.userName), agent }), agent };
}

/** An ARN from which the root's partition is known. */
function arnOf(root: Root): string | undefined {
  switch (root.kind) {
    case "web-identity":
      return root.roleArn;
    case "login-session":
      return root.loginSession;
    case "sso":
    case "credential-source":
    case "temporary-keys":
      return undefined;
    default:
      return root.mfaSerial;
  }
}

/** What the environment holds for the credential sources that a role may name. */
export interface EnvironmentSource {
  readonly environmentKey?: AccessKey;
  readonly surroundings: readonly string[];
}

/** Addresses only: a token changes with every start of a container, and is a secret. */
const addresses = [
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
];

/**
 * The key in the environment; half a key counts as none.
 *
 * @throws UserError where a switch to this same identity has put the key there
 */
export function environmentSource(env: Environment, identity: Identity): EnvironmentSource {
  refuseItself(env, identity);
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secret = env["AWS_SECRET_ACCESS_KEY"];
  const token = env["AWS_SESSION_TOKEN"];
  return {
    surroundings: addresses.map((name) => env[name] ?? ""),
    ...(accessKeyId && secret
      ? {
          environmentKey: {
            accessKeyId,
            secretAccessKey: new Secret(secret),
            ...(token ? { sessionToken: new Secret(token) } : {}),
          },
        }
      : {}),
  };
}

/**
 * In a shell that acts as an identity, the environment holds its session instead of the user's key, and the role would
 * assume itself. The session of another identity is used: that is one more hop, as in every AWS client.
 */
function refuseItself(env: Environment, { name, root, hops }: Identity): void {
  if (root.kind !== "credential-source" || root.source !== "Environment") return;
  const acting = actingAs(env);
  if (
    acting === undefined ||
    ![baseName(name), ...hops.map(({ profile }) => profile)].includes(baseName(acting))
  )
    return;
  throw new UserError(
    `profile "${root.profile}" takes its keys from the environment, where the session of "${acting}" stands now`,
    {
      at: root.position,
      hints: [
        "give this shell back the keys that were there before: aws-as-deactivate, or open another shell",
      ],
    },
  );
}

/** The STS and IAM endpoints for these settings; an ARN of the identity names the partition. */
export function endpointOf(
  settings: Identity["settings"],
  arn: string | undefined,
  config: AwsConfig,
  machine: Machine,
): Endpoint {
  return endpointFor(settings, machine.env, {
    ...(arn?.startsWith("arn:") ? { arn } : {}),
    services: serviceUrls(config, settings.get("services")),
  });
}

/** The same for a profile by name. It may be missing, and needs no credentials. */
export function endpointOfProfile(name: string, config: AwsConfig, machine: Machine): Endpoint {
  const settings = effectiveProfile(config, name)?.all() ?? new Map();
  return endpointOf(settings, settings.get("mfa_serial")?.value, config, machine);
}

/**
 * Where an identity's base session is got: as for the identity itself, but in the region of the root's own profile, else
 * in the partition's home region. All roles share the session, and the region of one of them may not be enabled in the
 * user's account.
 */
export function rootEndpoint(root: string, endpoint: Endpoint, config: AwsConfig): Endpoint {
  const own = effectiveProfile(config, root)?.get("region")?.value.trim();
  const region = own && partitionOfRegion(own) === endpoint.partition ? own : homeRegion(endpoint.partition);
  return { ...endpoint, region };
}

/** What a person gives away of an identity for one use. */
export interface LimitOptions {
  /** From `--limit`: the name of a ready policy. */
  readonly limit?: string | undefined;
  /** From `--policy`: the path of a document. */
  readonly policy?: string | undefined;
}

/** Whether they limit anything. Pure. */
export function isLimiting({ limit, policy }: LimitOptions): boolean {
  return limit !== undefined || policy !== undefined;
}

/**
 * The name of the identity with these limits. All that is handed on of it, in a shell too, is this name: who cannot read it
 * finds no such identity, and none with more power.
 *
 * @throws UserError for what limits nothing
 */
export function withLimits(
  name: string,
  options: LimitOptions,
  { folder, home }: Pick<Machine, "folder" | "home">,
): string {
  if (!isLimiting(options)) return name;
  const { limit, policy } = options;
  if (name === "-")
    throw new UserError("nobody can do nothing already", { hints: ["aws-as -"], exitCode: 2 });
  const known = Object.keys(readyPolicies);
  if (limit !== undefined && !known.includes(limit)) {
    throw new UserError(`--limit takes ${known.join(" or ")}, and not ${quote(limit)}`, {
      hints: ["by a policy of your own: --policy FILE"],
      exitCode: 2,
    });
  }
  const path = policy && resolve(folder() || "/", expandHome(policy, home));
  if (policy === "" || (path && (baseName(path) !== path || printable(path) !== path))) {
    throw new UserError(`--policy takes the path of a file, and not ${quote(policy ?? "")}`, { exitCode: 2 });
  }
  const limits = [limit, path].flatMap((each) => each ?? []);
  return limits.reduce(limitedName, name);
}
