import { AwsError } from "../aws/aws-error.ts";
import { endpointKey } from "../aws/endpoint.ts";
import type { AwsConfig } from "../config/aws-config.ts";
import type { Identity } from "../config/resolve/identity.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { mfaProcessOf } from "../config/settings.ts";
import type { Machine } from "../machine/machine.ts";
import { openStore, readConfig } from "../machine/open.ts";
import { forgetDevice } from "../session/device.ts";
import { fingerprint } from "../session/item.ts";
import { isKeyRoot } from "../session/long-term-key.ts";
import { obtain } from "../session/obtain.ts";
import type { Plan } from "../session/plan.ts";
import type { CachedSession } from "../session/record.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { planFor } from "./plan-for.ts";

/** The identity to act as, and how to get its credentials. */
export interface CredentialRequest {
  readonly name: string;
  /** From `--code`. */
  readonly code?: string | undefined;
  /** A program calls, not a person. */
  readonly unattended: boolean;
  /** Milliseconds since 1970 after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** Get new sessions even where cached ones are good. */
  readonly renew?: boolean | undefined;
  /** The sessions are wanted in the store: failing to save one is an error. */
  readonly toKeep?: boolean | undefined;
}

/** An identity with usable credentials. */
export interface Acting {
  readonly identity: Identity;
  readonly plan: Plan;
  readonly session: CachedSession;
  readonly store: SecretStore;
}

/**
 * From a name to credentials: the one way that all verbs take.
 *
 * @param opened the store where it is open already, so that a passphrase is not asked for twice
 */
export async function actAs(
  request: CredentialRequest,
  machine: Machine,
  warn: (message: string) => void,
  opened?: SecretStore,
): Promise<Acting> {
  const config = await readConfig(machine);
  const identity = resolveIdentity(config, request.name);
  const store = opened ?? openStore(config, machine, request);
  const aws = machine.aws(request.deadline);
  const plan = await planFor(identity, { config, machine, store }, request.deadline);

  const { clock, notes, lock, outlast } = machine;
  const warned = new Set<string>();
  const ports = {
    store,
    // A role takes two sessions, and a store that fails for one mostly fails for the other.
    warn: (message: string) => {
      if (!warned.has(message)) warn(message);
      warned.add(message);
    },
    aws,
    source: machine.source,
    clock,
    notes,
    lock,
    outlast,
    ask: codesFor(identity, plan, config, machine, request),
  };
  try {
    const session = await obtain(plan, ports, {
      unattended: request.unattended,
      terminal: () => whereAsked(request, machine),
      renew: request.renew,
      toKeep: request.toKeep,
      deadline: request.deadline,
    });
    return { identity, plan, session, store };
  } catch (error) {
    if (error instanceof AwsError && error.kind === "invalid-mfa-device" && isKeyRoot(plan.root)) {
      await forgetDevice(
        { accessKeyId: plan.root.accessKeyId, endpointKey: endpointKey(plan.endpoint) },
        notes,
      );
    }
    throw withAdvice(error, plan);
  }
}

/**
 * Names the terminal under which refusals are remembered. A code that was given is a new answer, so a refusal of
 * another code does not count for it.
 */
function whereAsked({ code }: CredentialRequest, { env, terminal }: Machine): string {
  const given = code ?? env["AWS_AS_MFA_CODE"];
  return given ? `${terminal()}-${fingerprint([given])}` : terminal();
}

function codesFor(
  identity: Identity,
  plan: Plan,
  config: AwsConfig,
  machine: Machine,
  request: CredentialRequest,
) {
  const mfaProcess = mfaProcessOf(config, machine.env, identity.name, plan.root.profile);
  return machine.ask({ given: request.code, mfaProcess });
}

/** A role refused to a session without MFA mostly demands MFA: the device is missing. */
function withAdvice(error: unknown, plan: Plan): unknown {
  const withoutDevice = isKeyRoot(plan.root) && plan.steps.every((step) => step.device === undefined);
  if (!(error instanceof AwsError) || error.kind !== "access-denied" || !withoutDevice) return error;
  return new AwsError(error.kind, error.message, {
    hints: [
      ...error.hints,
      `if it demands MFA, name the device: mfa_serial = arn:… in profile "${plan.root.profile}"`,
    ],
    cause: error,
  });
}
