import type { AccessKey, Aws, MfaProof, SessionCredentials } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { recently, refusals } from "../prompt/refusals.ts";
import type { GetFromSource, SourceCredentials } from "../sources/source.ts";
import { ItemDamaged, type SecretStore } from "../store/secret-store.ts";
import { codeCallReserveMs } from "../system/limits.ts";
import { UserError } from "../system/user-error.ts";
import { decide } from "./decide.ts";
import { isUsable, unusable } from "./expiry.ts";
import { isKeyRoot, openKey } from "./long-term-key.ts";
import { CannotAsk, type CodePorts, NobodyWaits, withCode } from "./mfa-code.ts";
import type { Plan, SourceStep, Step } from "./plan.ts";
import { type CachedSession, parseRecord, printRecord } from "./record.ts";

/** A lock that is held. */
export interface HeldLock {
  release(): void;
}

/** What carrying out a plan touches. */
export interface Ports extends CodePorts {
  readonly store: SecretStore;
  readonly aws: Aws;
  readonly source: GetFromSource;
  /** Waits for the one lock of a base identity; undefined when it could not be had before the deadline. */
  lock(name: string, deadline: number | undefined): Promise<HeldLock | undefined>;
  /** Tells the person something that did not stop us. */
  warn(message: string): void;
  /** Does the work to its end also when the caller goes away or ends us meanwhile. */
  outlast<T>(work: () => Promise<T>): Promise<T>;
}

/** How long and how the caller waits. */
export interface CallOptions {
  /** Milliseconds since 1970 after which the caller no longer waits. */
  readonly deadline?: number;
  /** A program calls us, and may call again at once: a refusal of a moment ago still stands. */
  readonly unattended: boolean;
  /** Names the terminal, so that a refusal on one does not count on another. */
  readonly terminal: string;
  /**
   * Sessions that were there when this call began do not count. They stay in the store until new ones replace them: a person who
   * changes their mind at the question has lost nothing.
   */
  readonly renew?: boolean;
  /** The session is wanted in the store, not in hand: one that cannot be saved is a failure. */
  readonly toKeep?: boolean;
}

interface ObtainContext {
  readonly plan: Plan;
  readonly ports: Ports;
  readonly options: CallOptions;
  /** Milliseconds since 1970. */
  readonly began: number;
}

/**
 * Gets the credentials of a plan's last step: from the store where they are good, else from AWS, asking for a
 * code only where nothing else will do. One process at a time works on a base identity; the others wait, then
 * find its answer in the store.
 *
 * @throws UserError (AwsError among them) when it cannot be done
 */
export async function obtain(plan: Plan, ports: Ports, options: CallOptions): Promise<CachedSession> {
  const context = { plan, ports, options, began: ports.clock.now() };
  const leaf = plan.steps.length - 1;
  const step = stepAt(plan, leaf);
  const cached = await readSession(context, step);
  const decision = decide(step, cached, context.began);
  if (decision.kind === "reuse" && cached !== undefined) return cached;
  const standIn = decision.kind === "renew" && decision.usable ? cached : undefined;
  if (standIn !== undefined && (await failedLately(ports, step))) return standIn;

  for (let seen = cached?.expiresAt ?? 0; ; ) {
    const lock = await ports.lock(plan.baseIdentity, options.deadline);
    if (lock === undefined) {
      if (standIn !== undefined) return standIn;
      throw new UserError(`another aws-as is still busy with the session that "${plan.identity}" needs`, {
        hints: [`answer its question, or start a session in a terminal first: aws-as login ${plan.identity}`],
      });
    }
    try {
      const newer = await endOfNewer(ports, step, seen);
      if (newer === undefined) {
        const session = await ensure(context, leaf, true);
        if (session === undefined) throw new Error(`no session for ${plan.identity}, and no reason`);
        if (session.expiresAt === Number.POSITIVE_INFINITY) throw withoutEnd(plan);
        return session;
      }
      seen = newer;
    } finally {
      lock.release();
    }
    // Whoever held the lock has done our work. Opening it takes the file store half a second: not under the lock,
    // where fifty callers would wait for each other one by one.
    const done = await readSession(context, step);
    if (done !== undefined && decide(step, done, ports.clock.now()).kind === "reuse") return done;
  }
}

/** When a usable session of the step ends (milliseconds since 1970) that came into the store after the one seen. */
async function endOfNewer({ store, clock }: Ports, step: Step, seen: number): Promise<number | undefined> {
  const item = (await store.list()).find(({ name }) => name === step.item.name);
  const end = item?.expiresAt ?? 0;
  return end > seen && isUsable({ obtainedAt: 0, expiresAt: end }, clock.now()) ? end : undefined;
}

/** A good session for a step. Undefined: it would take a person, and `mayAsk` says not to. */
async function ensure(
  context: ObtainContext,
  index: number,
  mayAsk: boolean,
): Promise<CachedSession | undefined> {
  const step = stepAt(context.plan, index);
  const { ports } = context;
  const cached = await readSession(context, step);
  const decision = decide(step, cached, ports.clock.now());
  if (decision.kind === "reuse") return cached;
  if (decision.kind === "ask") return mayAsk ? renew(context, index, true) : undefined;
  if (cached === undefined || !decision.usable) return renew(context, index, mayAsk);
  if (await failedLately(ports, step)) return cached;
  try {
    return (await renew(context, index, false)) ?? cached;
  } catch (error) {
    // A renewal ahead of time is a favour: while the old session lives, its failure harms nobody.
    if (!(error instanceof UserError) || !isUsable(cached, ports.clock.now())) throw error;
    await ports.notes.write(renewalNote(step), { failedAt: ports.clock.now() });
    return cached;
  }
}

/**
 * Whether a renewal ahead of time failed within the last minute. With AWS out of reach each try takes its time, under
 * the lock, and clients that see a session near its end call for every request of theirs.
 */
async function failedLately({ notes, clock }: Ports, step: Step): Promise<boolean> {
  const note = (await notes.read(renewalNote(step))) as { failedAt?: unknown } | undefined;
  const age = typeof note?.failedAt === "number" ? clock.now() - note.failedAt : Number.NaN;
  return age >= 0 && age < 60_000;
}

function renewalNote(step: Step): string {
  return `renewals/${fileName(step.item.name)}`;
}

async function renew(
  context: ObtainContext,
  index: number,
  mayAsk: boolean,
): Promise<CachedSession | undefined> {
  const { plan, ports } = context;
  const step = stepAt(plan, index);
  if (step.kind === "source") return callSource(context, step, mayAsk);
  if (index === 0) return callWithKey(context, step);

  const source = await ensure(context, index - 1, mayAsk);
  if (source === undefined) return undefined;
  try {
    return await keep(context, step, await call(context, step, source.credentials));
  } catch (error) {
    const wasCached = source.obtainedAt < context.began;
    if (!wasCached || !isRejected(error)) throw error;
  }
  // AWS no longer knows the cached source (revoked, or its key deleted). Once more from the root, and no further:
  // what comes back now is new, so that the same refusal again is the answer.
  await ports.store.remove(stepAt(plan, index - 1).item.name);
  const again = await ensure(context, index - 1, mayAsk);
  return again && keep(context, step, await call(context, step, again.credentials));
}

function isRejected(error: unknown): boolean {
  return (
    error instanceof AwsError &&
    (error.kind === "invalid-credentials" || error.kind === "expired-credentials")
  );
}

/** A call with the key at the root, with a code where the step wants one. */
async function callWithKey(context: ObtainContext, step: Exclude<Step, SourceStep>): Promise<CachedSession> {
  const { plan, ports } = context;
  if (!isKeyRoot(plan.root)) throw new Error(`a ${plan.root.kind} has no key`);
  // Before the question: a key that cannot be opened would waste the code.
  const key = await openKey(plan.root, ports.store);
  const make = async (mfa?: MfaProof) => keep(context, step, await call(context, step, key, mfa));
  return step.device === undefined ? make() : callWithCode(context, step, step.device, make);
}

/** @param make gets the session with the code, into the store too: a caller that goes away must not waste a code that was sent */
async function callWithCode(
  context: ObtainContext,
  step: Step,
  device: string,
  make: (mfa: MfaProof) => Promise<CachedSession>,
): Promise<CachedSession> {
  const { plan, ports, options } = context;
  const memory = await refusedOnce(context, step);
  const need = {
    identity: plan.identity,
    profile: plan.root.profile,
    device,
    ...(options.deadline === undefined ? {} : { deadline: options.deadline - codeCallReserveMs }),
  };
  try {
    const session = await withCode(need, ports, (mfa) => ports.outlast(() => make(mfa)));
    await memory.forget();
    return session;
  } catch (error) {
    if (error instanceof UserError && !(error instanceof CannotAsk || error instanceof NobodyWaits))
      await memory.remember(error);
    throw error;
  }
}

/** The memory of refusals for a step, after it let us pass. */
async function refusedOnce({ plan, ports, options, began }: ObtainContext, step: Step) {
  const memory = refusals(ports.notes, ports.clock, `${fileName(step.item.name)}-${options.terminal}`);
  const since = refusedSince({ ports, options, began });
  await memory.throwIfAny(since, `to be asked again now: aws-as login ${plan.identity}`);
  return memory;
}

/** The moment (milliseconds since 1970) from which on a person's refusal still stands. */
function refusedSince({ ports, options, began }: Pick<ObtainContext, "ports" | "options" | "began">): number {
  return options.unattended ? recently(ports.clock) : began;
}

/** What the source gives; a long-term key is exchanged for a session at once. */
async function callSource(context: ObtainContext, step: SourceStep, mayAsk: boolean): Promise<CachedSession> {
  const { plan, ports } = context;
  const given = await fromSource(context, step, mayAsk);
  const { sessionToken } = given;
  if (sessionToken !== undefined) {
    const credentials = { expiresAt: Number.POSITIVE_INFINITY, ...given, sessionToken };
    return keep(context, step, ended(plan, credentials, ports));
  }
  const make = async (mfa?: MfaProof) => {
    const { durationSeconds } = step;
    const request = { key: given, durationSeconds, ...(mfa === undefined ? {} : { mfa }) };
    return keep(context, step, await ports.aws.getSessionToken(plan.endpoint, request));
  };
  return step.device === undefined ? make() : callWithCode(context, step, step.device, make);
}

/** Credentials that are as good as over are worth a word of where they come from: they were no work of ours. */
function ended(plan: Plan, given: SessionCredentials, { clock }: Ports): SessionCredentials {
  const left = given.expiresAt - clock.now();
  if (left > unusable) return given;
  const end = left <= 0 ? "have ended already" : `end in ${Math.ceil(left / 1000)} s`;
  const { file, line } = plan.root.position;
  throw new UserError(`the credentials that profile "${plan.root.profile}" gives ${end} (${file}:${line})`, {
    hints: ["renew them where they come from"],
  });
}

/** A person who said no to a source is not asked again at once, when the client tries once more. */
async function fromSource(
  context: ObtainContext,
  step: SourceStep,
  mayAsk: boolean,
): Promise<SourceCredentials> {
  const { plan, ports, options } = context;
  const memory = await refusedOnce(context, step);
  try {
    return await ports.source({
      root: step.root,
      identity: plan.identity,
      endpoint: plan.endpoint,
      roleSessionName: step.roleSessionName,
      mayAsk,
      refusedSince: refusedSince(context),
      ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
    });
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 130) await memory.remember(error);
    throw error;
  }
}

/** Most clients would take credentials without an end for good, and never come back for new ones. */
function withoutEnd(plan: Plan): UserError {
  const { file, line } = plan.root.position;
  const what = `profile "${plan.root.profile}" gives temporary credentials and does not say when they end (${file}:${line})`;
  return new UserError(what, {
    hints: [
      "have its credential_process print Expiration",
      `use it without aws-as: aws --profile ${plan.root.profile} …`,
    ],
  });
}

/** The one call of a step: GetSessionToken or AssumeRole. */
function call(
  { plan, ports }: ObtainContext,
  step: Exclude<Step, SourceStep>,
  key: AccessKey,
  mfa?: MfaProof,
): Promise<SessionCredentials> {
  const proof = mfa === undefined ? {} : { mfa };
  if (step.kind === "base-session") {
    const { durationSeconds } = step;
    return ports.aws.getSessionToken(plan.endpoint, { key, durationSeconds, ...proof });
  }
  const { profile, position, mfaSerial, ...role } = step.hop;
  return ports.aws.assumeRole(plan.endpoint, {
    key,
    ...role,
    roleSessionName: step.roleSessionName,
    ...proof,
  });
}

/**
 * Puts a new session into the store. Failing to is a warning, since the session was paid for with a code and the caller
 * can use it; where the store was all that mattered, it is the failure that it is.
 */
async function keep(
  { plan, ports, options }: ObtainContext,
  step: Step,
  credentials: SessionCredentials,
): Promise<CachedSession> {
  const session = { credentials, obtainedAt: ports.clock.now(), expiresAt: credentials.expiresAt };
  // Nobody could tell later whether it is still good.
  if (session.expiresAt === Number.POSITIVE_INFINITY) return session;
  try {
    await ports.store.write({ ...step.item, expiresAt: session.expiresAt }, printRecord(session));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what = `got a session for "${plan.identity}" but could not save it (${error.message})`;
    if (options.toKeep) {
      const { hints, exitCode } = error;
      throw new UserError(what, { hints, exitCode, cause: error });
    }
    ports.warn(`${what}; you will be asked again`);
  }
  return session;
}

async function readSession(
  { ports, options, began }: ObtainContext,
  step: Step,
): Promise<CachedSession | undefined> {
  try {
    const text = await ports.store.read(step.item.name);
    const session = text === undefined ? undefined : parseRecord(text);
    return options.renew && session !== undefined && session.obtainedAt <= began ? undefined : session;
  } catch (error) {
    if (!(error instanceof ItemDamaged)) throw error;
    ports.warn(error.message);
    return undefined;
  }
}

function stepAt(plan: Plan, index: number): Step {
  const step = plan.steps[index];
  if (step === undefined) throw new RangeError(`step ${index} of ${plan.steps.length}`);
  return step;
}

/** The fingerprint at the end of an item's name, which is fit for a file's name. */
function fileName(item: string): string {
  return item.slice(item.lastIndexOf(" ") + 1);
}
