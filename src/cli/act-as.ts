import { AwsError } from "../aws/aws-error.ts";
import { endpointFor, endpointKey } from "../aws/endpoint.ts";
import { type AwsConfig, loadConfig } from "../config/aws-config.ts";
import { configFiles, tildePath } from "../config/config-files.ts";
import type { Identity } from "../config/identity.ts";
import { resolveIdentity } from "../config/resolve.ts";
import { findDevice, forgetDevice, recallDevice } from "../session/device.ts";
import { obtain } from "../session/obtain.ts";
import { type KnownDevice, type Plan, plan } from "../session/plan.ts";
import type { CachedSession } from "../session/record.ts";
import type { SecretStore } from "../store/secret-store.ts";
import type { Machine } from "./machine.ts";
import { serviceUrls, sessionName, sessionSeconds, settingOf } from "./settings.ts";

/** Whom to act as, and how. */
export interface Wish {
  readonly name: string;
  /** From `--code`. */
  readonly code?: string;
  /** A program calls, not a person. */
  readonly unattended: boolean;
  /** Milliseconds since 1970 after which the caller no longer waits. */
  readonly deadline?: number;
  /** Get new sessions even where cached ones are good. */
  readonly renew?: boolean;
}

/** An identity with credentials that are good now. */
export interface Acting {
  readonly identity: Identity;
  readonly plan: Plan;
  readonly session: CachedSession;
}

/** The user's configuration, read anew: a run of this program is short. */
export function readConfig(machine: Machine): Promise<AwsConfig> {
  return loadConfig(configFiles(machine.env, machine.home), machine.readFile, (path) =>
    tildePath(path, machine.home),
  );
}

/** The store that the environment or the configuration asks for. */
export function openStore(config: AwsConfig, machine: Machine, unattended = false): SecretStore {
  const inEnvironment = machine.env["AWS_AS_STORE"];
  const setting = config.settings?.properties.get("store");
  const wanted = inEnvironment
    ? { value: inEnvironment, from: "AWS_AS_STORE" }
    : setting && { value: setting.value, from: `${setting.position.file}:${setting.position.line}` };
  const passphraseProcess = settingOf(config, "passphrase_process");
  return machine.store({
    unattended,
    ...(wanted === undefined ? {} : { wanted }),
    ...(passphraseProcess === undefined ? {} : { passphraseProcess }),
  });
}

/** From a name to credentials: the one way that all doors take. */
export async function actAs(wish: Wish, machine: Machine, warn: (message: string) => void): Promise<Acting> {
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, wish.name);
  const store = openStore(config, machine, wish.unattended);
  const aws = machine.aws(wish.deadline);
  const made =
    (await planFromMemory(identity, config, machine)) ??
    (await planAfterAsking(identity, config, machine, wish.deadline));
  if (wish.renew) for (const step of made.steps) await store.remove(step.item.name);

  const { clock, notes, lock } = machine;
  const ports = {
    store,
    warn,
    aws,
    clock,
    notes,
    lock,
    ask: codesFor(identity, made, config, machine, wish),
  };
  try {
    const session = await obtain(made, ports, {
      unattended: wish.unattended,
      terminal: machine.terminal(),
      ...(wish.deadline === undefined ? {} : { deadline: wish.deadline }),
    });
    return { identity, plan: made, session };
  } catch (error) {
    if (error instanceof AwsError && error.kind === "invalid-mfa-device") {
      await forgetDevice({ key: made.key, endpointKey: endpointKey(made.endpoint) }, notes);
    }
    throw withAdvice(error, made);
  }
}

/** The plan as far as files tell; undefined when the key's MFA device has yet to be asked from IAM. */
export async function planFromMemory(
  identity: Identity,
  config: AwsConfig,
  machine: Machine,
): Promise<Plan | undefined> {
  const around = circumstances(identity, config, machine);
  const made = plan(identity, { ...around, remembered: { kind: "unknown" } });
  if (made.kind === "plan") return made;
  const owner = { key: made.key, endpointKey: around.endpointKey };
  const remembered = await recallDevice(owner, machine.notes, machine.clock);
  return remembered.kind === "unknown" ? undefined : planWith(identity, around, remembered);
}

async function planAfterAsking(
  identity: Identity,
  config: AwsConfig,
  machine: Machine,
  deadline: number | undefined,
): Promise<Plan> {
  const around = circumstances(identity, config, machine);
  const { root } = identity;
  if (root.kind !== "static-keys") throw new Error(`device of a ${root.kind}`);
  const { endpoint, endpointKey: key } = around;
  const found = await findDevice(
    { profile: root.profile, key: root, endpoint, endpointKey: key },
    {
      aws: machine.aws(deadline),
      notes: machine.notes,
      clock: machine.clock,
      choose: (serials) => machine.choose(`MFA device of "${root.profile}"`, serials),
    },
  );
  return planWith(identity, around, found);
}

type Around = ReturnType<typeof circumstances>;

function planWith(identity: Identity, around: Around, remembered: KnownDevice): Plan {
  const made = plan(identity, { ...around, remembered });
  if (made.kind === "device-needed") throw new Error(`no device for ${identity.name}, and no reason`);
  return made;
}

function circumstances(identity: Identity, config: AwsConfig, machine: Machine) {
  const arn =
    identity.hops.at(-1)?.roleArn ??
    (identity.root.kind === "static-keys" ? identity.root.mfaSerial : undefined);
  const endpoint = endpointFor(identity.settings, machine.env, {
    ...(arn?.startsWith("arn:") ? { arn } : {}),
    services: serviceUrls(config, identity.settings.get("services")?.value),
  });
  return {
    endpoint,
    endpointKey: endpointKey(endpoint),
    sessionSeconds: sessionSeconds(config, identity.root.profile),
    sessionName: sessionName(machine.userName),
  };
}

function codesFor(identity: Identity, made: Plan, config: AwsConfig, machine: Machine, wish: Wish) {
  const mfaProcess =
    machine.env["AWS_AS_MFA_PROCESS"] ?? settingOf(config, "mfa_process", identity.name, made.key.profile);
  return machine.ask({
    ...(wish.code === undefined ? {} : { given: wish.code }),
    ...(mfaProcess === undefined ? {} : { mfaProcess }),
  });
}

/** A role that AWS refuses to a session without MFA is mostly one that wants MFA: the device is missing. */
function withAdvice(error: unknown, made: Plan): unknown {
  const withoutDevice = made.steps.every((step) => step.device === undefined);
  if (!(error instanceof AwsError) || error.kind !== "access-denied" || !withoutDevice) return error;
  return new AwsError(error.kind, error.message, {
    hints: [
      ...error.hints,
      `if it demands MFA, name the device: mfa_serial = arn:… in profile "${made.key.profile}"`,
    ],
    cause: error,
  });
}
