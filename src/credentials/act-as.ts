import { AwsError } from "../aws/aws-error.ts";
import { endpointKey } from "../aws/endpoint.ts";
import type { AwsConfig } from "../config/aws-config.ts";
import type { Identity } from "../config/resolve/identity.ts";
import { resolveIdentity } from "../config/resolve/resolve.ts";
import { mfaProcessOf, sessionName } from "../config/settings.ts";
import type { Machine } from "../machine/machine.ts";
import { openStore, readConfig, storeSettings } from "../machine/open.ts";
import type { CodeQuestion } from "../prompt/prompt.ts";
import { isDenied } from "../session/denied.ts";
import { forgetDevice, recallDevice } from "../session/device.ts";
import type { CachedSession } from "../session/item.ts";
import { fingerprint } from "../session/item.ts";
import { obtain } from "../session/obtain.ts";
import type { Plan } from "../session/plan.ts";
import { isKeyRoot } from "../session/plan.ts";
import type { SecretStore } from "../store/secret-store.ts";
import type { HandedOut } from "./hand-out-log.ts";
import type { Way } from "./may-hand-out.ts";
import { configFor, planFor } from "./plan-for.ts";

/** The identity to act as, and how to get its credentials. */
export interface CredentialRequest {
  readonly name: string;
  /** Where the credentials go. */
  readonly way: Way;
  /** A person has agreed to the call or the command that this one is a part of. */
  readonly isAgreed?: boolean | undefined;
  /** From `--code`. */
  readonly code?: string | undefined;
  /** A program calls, not a person. */
  readonly unattended: boolean;
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** Get a new session of the identity even where the cached one is good; with a code, of its user too. */
  readonly renew?: boolean | undefined;
  /** Seconds that the session of the role shall last, whatever its profile says. */
  readonly durationSeconds?: number | undefined;
  /** As for `obtain`. */
  readonly tellOfRenewal?: boolean | undefined;
  /** The sessions are wanted in the store: failing to save one is an error. */
  readonly toKeep?: boolean | undefined;
}

/** An identity with usable credentials. */
export interface Acting {
  readonly identity: Identity;
  readonly plan: Plan;
  readonly session: CachedSession;
  readonly store: SecretStore;
  readonly config: AwsConfig;
  /** The session was got for this call. */
  readonly isNew: boolean;
}

/** Puts what is handed out into the log, where there is one: without, a cache hit loads nothing for it. */
export async function noteHandOut(config: AwsConfig, handedOut: HandedOut, machine: Machine): Promise<void> {
  if (!config.settings?.properties.get("log")?.value) return;
  await (await import("./hand-out-log.ts")).noteInLog(config, handedOut, machine);
}

/** The same for what `actAs` got. */
export async function noteActing(
  { config, identity, session, isNew }: Acting,
  how: Pick<HandedOut, "way" | "command">,
  machine: Machine,
): Promise<void> {
  const outcome = isNew ? "new" : "cached";
  await noteHandOut(config, { identity: identity.name, outcome, session, ...how }, machine);
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
  // A program's call does not depend on the folder that it comes from.
  const config = await (request.unattended ? readConfig(machine) : configFor(request.name, machine, true));
  const identity = withDuration(resolveIdentity(config, request.name), request.durationSeconds);
  // Loaded here, because a cache hit comes through this file.
  const guard = request.isAgreed ? undefined : identity.guard && (await import("./may-hand-out.ts"));
  await guard?.checkHandOut(identity, request, { config, machine });
  const store = opened ?? openStore(config, machine, request);
  const aws = machine.aws(request.deadline);
  const plan = await planFor(identity, { config, machine, store }, request);
  const pin = identity.account && (await import("./account-pin.ts"));
  await pin?.checkAccount(identity, plan, machine);

  const { clock, notes, lock, outlast } = machine;
  const warned = new Set<string>();
  const code = {
    given: request.code,
    mfaProcess: mfaProcessOf(config, machine.env, identity.name, plan.root.profile),
  };
  const ask = machine.ask(code);
  const began = clock.now();
  let wasAsked = false;
  const ports = {
    store,
    // A role takes two sessions, and a store that fails for one mostly fails for the other.
    warn: (message: string) => {
      if (!warned.has(message)) warn(message);
      warned.add(message);
    },
    aws,
    source: machine.source,
    signIn: machine.signIn,
    localName: sessionName(machine.userName),
    clock,
    notes,
    lock,
    outlast,
    ask: async (question: CodeQuestion) => {
      if (!wasAsked && (await machine.wayToAsk(code)).kind !== "cannot-ask") {
        const [{ setUpOnFirstUse }, { proveWritable }] = await Promise.all([
          import("../machine/set-up-slots.ts"),
          import("../store/prove-store.ts"),
        ]);
        const settings = storeSettings(config, machine, request);
        await setUpOnFirstUse(store, { machine, settings, say: () => undefined });
        await proveWritable(store, clock.now());
      }
      wasAsked = true;
      return ask(question);
    },
  };
  try {
    const session = await obtain(plan, ports, {
      unattended: request.unattended,
      terminal: () => whereAsked(request, machine),
      renew: request.renew ? (request.code === undefined ? "own" : "all") : undefined,
      toKeep: request.toKeep,
      tellOfRenewal: request.tellOfRenewal,
      deadline: request.deadline,
    });
    await pin?.checkAccount(identity, plan, machine, {
      credentials: session.credentials,
      deadline: request.deadline,
    });
    if (request.code !== undefined && !wasAsked) warn(codeUnused);
    return { identity, plan, session, store, config, isNew: session.obtainedAt >= began };
  } catch (error) {
    if (error instanceof AwsError && error.kind === "invalid-mfa-device" && isKeyRoot(plan.root)) {
      const known = await recallDevice(ownerOf(plan), notes, clock);
      await forgetDevice(ownerOf(plan), notes);
      if (known.kind === "device" && plan.steps[0].device === known.serial) throw replacedDevice(error);
    }
    if (isDeniedWithoutDevice(error, plan)) await forgetDevice(ownerOf(plan), notes);
    if (isDenied(error) && request.code !== undefined && !wasAsked) warn(codeUnused);
    throw withAdvice(error, plan);
  }
}

function withDuration(identity: Identity, durationSeconds: number | undefined): Identity {
  const role = identity.hops.at(-1);
  if (role === undefined || durationSeconds === undefined) return identity;
  return { ...identity, hops: [...identity.hops.slice(0, -1), { ...role, durationSeconds }] };
}

const codeUnused = "the code was not needed and was not sent";

/**
 * Names the terminal under which refusals are remembered. A code that was given is a new answer, so a refusal of
 * another code does not count for it.
 */
function whereAsked({ code }: CredentialRequest, { env, terminal }: Machine): string {
  const given = code ?? env["AWS_AS_MFA_CODE"];
  return given ? `${terminal()}-${fingerprint([given])}` : terminal();
}

function isDeniedWithoutDevice(error: unknown, { root, steps }: Plan): error is AwsError {
  return isDenied(error) && isKeyRoot(root) && steps.every((step) => step.device === undefined);
}

/** The key under which the device of a plan's user is remembered. */
function ownerOf({ root, endpoint }: Plan) {
  return { accessKeyId: isKeyRoot(root) ? root.accessKeyId : "", endpointKey: endpointKey(endpoint) };
}

/** No file names the device: IAM did, some time ago. */
function replacedDevice({ kind, message, cause }: AwsError): AwsError {
  return new AwsError(kind, message, {
    hints: [
      "the device was remembered, and is forgotten now: the same command again asks IAM for the new one",
    ],
    cause,
  });
}

/** A role refused to a session without MFA mostly demands MFA: the device is missing. */
function withAdvice(error: unknown, plan: Plan): unknown {
  if (!isDeniedWithoutDevice(error, plan)) return error;
  return new AwsError(error.kind, error.message, {
    hints: [
      ...error.hints,
      `if it demands MFA, see whether IAM knows a device by now: aws-as mfa list ${plan.root.profile}`,
      `or name the device: mfa_serial = arn:… in profile "${plan.root.profile}"`,
    ],
    cause: error,
  });
}
