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

/** Whom to act as, and how. */
export interface CredentialRequest {
  readonly name: string;
  /** From `--code`. */
  readonly code?: string;
  /** A program calls, not a person. */
  readonly unattended: boolean;
  /** Milliseconds since 1970 after which the caller no longer waits. */
  readonly deadline?: number;
  /** Get new sessions even where cached ones are good. */
  readonly renew?: boolean;
  /** The sessions are wanted in the store: one that cannot be saved is a failure. */
  readonly toKeep?: boolean;
}

/** An identity with credentials that are good now. */
export interface Acting {
  readonly identity: Identity;
  readonly plan: Plan;
  readonly session: CachedSession;
  readonly store: SecretStore;
}

/**
 * From a name to credentials: the one way that all doors take.
 *
 * @param opened the store, if it is open already: a passphrase is not asked for twice
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
  const made = await planFor(identity, { config, machine, store }, request.deadline);

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
    ask: codesFor(identity, made, config, machine, request),
  };
  try {
    const session = await obtain(made, ports, {
      unattended: request.unattended,
      terminal: whereAsked(request, machine),
      ...(request.renew === undefined ? {} : { renew: request.renew }),
      ...(request.toKeep === undefined ? {} : { toKeep: request.toKeep }),
      ...(request.deadline === undefined ? {} : { deadline: request.deadline }),
    });
    return { identity, plan: made, session, store };
  } catch (error) {
    if (error instanceof AwsError && error.kind === "invalid-mfa-device" && isKeyRoot(made.root)) {
      await forgetDevice(
        { accessKeyId: made.root.accessKeyId, endpointKey: endpointKey(made.endpoint) },
        notes,
      );
    }
    throw withAdvice(error, made);
  }
}

/**
 * Names the terminal for the memory of refusals. A new code that was given is a new answer, so that what became of
 * another one says nothing about it.
 */
function whereAsked({ code }: CredentialRequest, { env, terminal }: Machine): string {
  const given = code ?? env["AWS_AS_MFA_CODE"];
  return given ? `${terminal()}-${fingerprint([given])}` : terminal();
}

function codesFor(
  identity: Identity,
  made: Plan,
  config: AwsConfig,
  machine: Machine,
  request: CredentialRequest,
) {
  const mfaProcess = mfaProcessOf(config, machine.env, identity.name, made.root.profile);
  return machine.ask({
    ...(request.code === undefined ? {} : { given: request.code }),
    ...(mfaProcess === undefined ? {} : { mfaProcess }),
  });
}

/** A role that AWS refuses to a session without MFA is mostly one that wants MFA: the device is missing. */
function withAdvice(error: unknown, made: Plan): unknown {
  const withoutDevice = isKeyRoot(made.root) && made.steps.every((step) => step.device === undefined);
  if (!(error instanceof AwsError) || error.kind !== "access-denied" || !withoutDevice) return error;
  return new AwsError(error.kind, error.message, {
    hints: [
      ...error.hints,
      `if it demands MFA, name the device: mfa_serial = arn:… in profile "${made.root.profile}"`,
    ],
    cause: error,
  });
}
