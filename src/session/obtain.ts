import type { AccessKey, Aws, Endpoint, MfaProof, SessionCredentials } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { recently, refusals } from "../prompt/refusals.ts";
import type { GetFromSource, SignInRoot, SourceCredentials } from "../sources/source.ts";
import { ItemDamaged, type SecretStore } from "../store/secret-store.ts";
import { timeLeft } from "../system/clock.ts";
import { codeCallReserveMs } from "../system/limits.ts";
import { CallerGone, UserError } from "../system/user-error.ts";
import { decide, isUsable, spanInFile, unusable } from "./decide.ts";
import { isDenied, withAgeOfCode, withWhatWasSent } from "./denied.ts";
import { mayGiveCodes, noSuchDevice } from "./device.ts";
import { type CachedSession, parseRecord, printRecord } from "./item.ts";
import { openKey } from "./long-term-key.ts";
import { CannotAsk, type CodePorts, withCode } from "./mfa-code.ts";
import {
  accountOf,
  type BaseSessionStep,
  isKeyRoot,
  isSignInRoot,
  type LimitStep,
  type Plan,
  type RoleStep,
  type SourceStep,
  type Step,
} from "./plan.ts";
import { defaultSessionName, learnUser } from "./session-name.ts";

/** A lock that is held. */
export interface HeldLock {
  release(): void;
}

/** What `obtain` touches. */
export interface Ports extends CodePorts {
  readonly store: SecretStore;
  readonly aws: Aws;
  readonly source: GetFromSource;
  /** Names the sign-in that is there now; undefined: nobody is signed in. */
  signIn(root: SignInRoot): Promise<string | undefined>;
  /** Waits for the one lock of a base identity; undefined when it could not be had before the deadline. */
  lock(name: string, deadline: number | undefined): Promise<HeldLock | undefined>;
  /** A valid role session name from the local user's name. */
  readonly localName: string;
  /** Reports something that did not stop the call. */
  warn(message: string): void;
  /** Finishes the work even when the caller goes away or sends a signal meanwhile. */
  outlast<T>(work: () => Promise<T>): Promise<T>;
}

/** Which sessions to get anew: the identity's own, or also those that it is got with, with a new code. */
export type Renewal = "own" | "all";

/** How, and how long, the caller waits. */
export interface CallOptions {
  /** Milliseconds of the monotonic clock after which the caller no longer waits. */
  readonly deadline?: number | undefined;
  /** A program calls, and may call again at once: a refusal of a moment ago still counts. */
  readonly unattended: boolean;
  /** Names the terminal, so that a refusal on one does not count on another. */
  readonly terminal: () => string;
  /**
   * Ignore sessions that were there when this call began. They stay in the store until new ones replace them, so that
   * a person who cancels at the question has lost nothing.
   */
  readonly renew?: Renewal | undefined;
  /** Warn of an early renewal that failed, also where a program calls: a shell that renews by itself. */
  readonly tellOfRenewal?: boolean | undefined;
  /** The session is wanted in the store (login): failing to save it is an error. */
  readonly toKeep?: boolean | undefined;
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
 * code only where one is needed. One process at a time works on a base identity; the others wait, then find its
 * result in the store.
 *
 * @throws UserError (AwsError among them) when it cannot be done
 */
export async function obtain(plan: Plan, ports: Ports, options: CallOptions): Promise<CachedSession> {
  const context = { plan, ports, options, began: ports.clock.now() };
  const last = plan.steps.length - 1;
  const step = stepAt(plan, last);
  const inFile = sessionInFile(step);
  if (inFile !== undefined) {
    checkLifeLeft(plan, inFile.credentials, ports);
    return inFile;
  }
  const cached = await readSession(context, step);
  const decision = decide(step, cached, context.began);
  if (decision.kind === "reuse" && cached !== undefined) return cached;
  const fallback = decision.kind === "renew" && decision.usable ? cached : undefined;
  if (fallback !== undefined && (await failedRecently(ports, step))) return fallback;

  for (let knownExpiry = cached?.expiresAt ?? 0; ; ) {
    const lock = await ports.lock(plan.baseIdentity, options.deadline);
    if (lock === undefined) {
      if (fallback !== undefined) return fallback;
      throw new UserError(`another aws-as is still busy with the session that "${plan.identity}" needs`, {
        hints: [`answer its question, or start a session in a terminal first: aws-as login ${plan.identity}`],
      });
    }
    try {
      const newer = await newerExpiry(ports, step, knownExpiry);
      if (newer === undefined) {
        const session = await ensure(context, last, true);
        if (session === undefined) throw new Error(`no session for ${plan.identity}, and no reason`);
        if (session.expiresAt === Number.POSITIVE_INFINITY) throw noExpiry(plan);
        if (!isUsable(session, ports.clock.now())) {
          throw new UserError(`AWS gave credentials for "${plan.identity}" that expire within a minute`, {
            hints: ["is the clock of this machine right? See: aws-as doctor"],
          });
        }
        return session;
      }
      knownExpiry = newer;
    } finally {
      lock.release();
    }
    // The process that held the lock has got the session. Reading it from the file store takes half a second: not under
    // the lock, where fifty callers would wait for each other one by one.
    const done = await readSession(context, step);
    if (done !== undefined && decide(step, done, ports.clock.now()).kind === "reuse") return done;
  }
}

/** The expiry (milliseconds since 1970) of a usable session that was stored after the one already looked at. */
async function newerExpiry({ store, clock }: Ports, step: Step, known: number): Promise<number | undefined> {
  const item = (await store.list()).find(({ name }) => name === step.item.name);
  const expiresAt = item?.expiresAt ?? 0;
  return expiresAt > known && isUsable({ obtainedAt: 0, expiresAt }, clock.now()) ? expiresAt : undefined;
}

/** A good session for a step; undefined where a person would have to be asked and `mayAsk` is false. */
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
  if (await failedRecently(ports, step)) return cached;
  try {
    return (await renew(context, index, false)) ?? cached;
  } catch (error) {
    // This was an early renewal: while the old session is usable, its failure does no harm.
    if (!(error instanceof UserError) || !isUsable(cached, ports.clock.now())) throw error;
    const now = ports.clock.now();
    await ports.notes.write(renewalNote(step), { failedAt: now });
    const left = timeLeft(cached.expiresAt - now);
    // A program has what it wants, and calls again.
    if (!context.options.unattended || context.options.tellOfRenewal)
      ports.warn(`"${context.plan.identity}" could not be renewed, and has ${left} left: ${error.message}`);
    return cached;
  }
}

/**
 * Whether an early renewal failed within the last minute. With AWS out of reach each try takes long, under the lock, and
 * clients that see a session near its expiry call us for every request.
 */
async function failedRecently({ notes, clock }: Ports, step: Step): Promise<boolean> {
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
  if (index === 0) {
    if (step.kind === "limit") throw new Error("a limit of nothing");
    return callWithKey(context, step);
  }

  const source = await ensure(context, index - 1, mayAsk);
  if (source === undefined) return undefined;
  try {
    return await keep(context, step, await callWith(context, step, source));
  } catch (error) {
    if (step.kind === "base-session") throw error;
    const code = codeOf(plan, index, source);
    if (!isRejected(error))
      throw code === undefined || step.kind === "limit"
        ? error
        : withAgeOfCode(error, ports.clock.now(), code, step.hop.profile);
    const before = stepAt(plan, index - 1);
    if (!(await isDead(context, source)))
      throw refusedByRegion(
        plan,
        accountOfStep(before),
        before.kind === "source" ? ended(plan, error) : error,
      );
  }
  // The cached session is dead (revoked, or its key deleted). Once more from the root, and only once: that session is
  // new, so a second refusal is final.
  await ports.store.remove(stepAt(plan, index - 1).item.name);
  const again = await ensure(context, index - 1, mayAsk);
  return again && keep(context, step, await callWith(context, step, again));
}

/** The call of a step that needs the session of the one before. */
function callWith(
  context: ObtainContext,
  step: Exclude<Step, SourceStep>,
  source: CachedSession,
): Promise<SessionCredentials> {
  return step.kind === "limit" ? limit(context, step, source) : call(context, step, source.credentials);
}

/** Less of a session, for no longer than it lasts itself. CloudTrail shows what for. */
async function limit(
  { plan, ports }: ObtainContext,
  { policy, durationSeconds, profile, agent }: LimitStep,
  { credentials, expiresAt }: CachedSession,
): Promise<SessionCredentials> {
  const left = Math.floor((expiresAt - ports.clock.now()) / 1000);
  try {
    return await ports.aws.getScopedCredentials(plan.endpoint, {
      key: credentials,
      policy,
      durationSeconds: durationSeconds === undefined ? undefined : Math.min(durationSeconds, left),
      description: `aws-as ${plan.identity}, for ${ports.localName}${agent === undefined ? "" : `, by ${agent}`}`,
    });
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== "invalid-request") throw error;
    throw new AwsError(error.kind, error.message, {
      hints: [
        ...error.hints,
        `"${profile}" is limited by GetScopedCredentials, which a region may lack (here ${plan.endpoint.region}); a role that aws-as assumes needs no such call`,
      ],
      cause: error,
    });
  }
}

function isRejected(error: unknown): error is AwsError {
  return (
    error instanceof AwsError &&
    (error.kind === "invalid-credentials" || error.kind === "expired-credentials")
  );
}

/**
 * Whether AWS no longer accepts a cached session. A region that is not enabled in the session's account refuses it with
 * the same words as for a revoked one, so the region that it came from is asked; only its refusal counts.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
 */
async function isDead({ plan, ports, began }: ObtainContext, session: CachedSession): Promise<boolean> {
  if (session.obtainedAt >= began) return false;
  const region = session.region ?? plan.rootEndpoint.region;
  return (await isAccepted({ ...plan.rootEndpoint, region }, session.credentials, ports)) === false;
}

/** Whether STS accepts a key; undefined where it gives no answer. GetCallerIdentity needs no permission. */
async function isAccepted(endpoint: Endpoint, key: AccessKey, { aws }: Ports): Promise<boolean | undefined> {
  try {
    await aws.getCallerIdentity(endpoint, key);
    return true;
  } catch (error) {
    return isRejected(error) ? false : undefined;
  }
}

/** AWS does not accept what is at the root, and does not say whose it is. */
function ended({ root }: Plan, error: AwsError): AwsError {
  const { profile, position } = root;
  return new AwsError(
    error.kind,
    `the credentials of profile "${profile}" (${position.file}:${position.line}) have ended: ${error.message}`,
    { hints: ["renew them where they come from", ...error.hints], cause: error },
  );
}

/** The error for credentials that are good, but not in the region of the identity. */
function refusedByRegion(
  { endpoint, rootEndpoint, identity }: Plan,
  account: string | undefined,
  error: AwsError,
): UserError {
  if (endpoint.region === rootEndpoint.region) return error;
  const where = account === undefined ? "its account" : `account ${account}`;
  return new UserError(
    `STS in ${endpoint.region} does not accept the credentials that "${identity}" starts from; in ${rootEndpoint.region} they are good`,
    { hints: [`is the region ${endpoint.region} enabled in ${where}? Sessions are kept`], cause: error },
  );
}

/** The session whose MFA code counts for the role behind it; chains pass none on. */
function codeOf({ steps, root }: Plan, index: number, { obtainedAt }: CachedSession) {
  const hasCode = index === 1 && steps[0].kind === "base-session" && steps[0].device !== undefined;
  return hasCode ? { obtainedAt, profile: root.profile } : undefined;
}

/** The account of a step's credentials, as far as an ARN names it. */
function accountOfStep(step: Step): string | undefined {
  return accountOf(step.kind === "role" ? step.hop.roleArn : step.device);
}

/** A call with the key at the root, with a code where the step wants one. */
async function callWithKey(context: ObtainContext, step: BaseSessionStep | RoleStep): Promise<CachedSession> {
  const { plan, ports } = context;
  if (!isKeyRoot(plan.root)) throw new Error(`a ${plan.root.kind} has no key`);
  // Opened before the question: a key that cannot be opened would waste the code.
  const key = await openKey(plan.root, ports.store);
  const make = async (mfa?: MfaProof) => {
    try {
      return await keep(context, step, await call(context, step, key, mfa));
    } catch (error) {
      if (step.kind !== "role" || !isRejected(error)) throw error;
      if (!(await isAccepted(plan.rootEndpoint, key, ports)))
        throw key.sessionToken === undefined ? error : ended(plan, error);
      throw refusedByRegion(plan, accountOfStep(step), error);
    }
  };
  return step.device === undefined ? make() : callWithCode(context, step, step.device, make);
}

/** @param make gets and stores the session: a caller that goes away must not waste a code that was sent */
async function callWithCode(
  context: ObtainContext,
  step: Step,
  device: string,
  make: (mfa: MfaProof) => Promise<CachedSession>,
): Promise<CachedSession> {
  const { plan, ports, options } = context;
  if (!mayGiveCodes(device)) throw noSuchDevice(plan.root.profile, device);
  const refused = await refusedOnce(context, step);
  const need = {
    identity: plan.identity,
    profile: plan.root.profile,
    device,
    deadline: options.deadline === undefined ? undefined : options.deadline - codeCallReserveMs,
    remark: await whyNotKept(ports, step),
  };
  try {
    const session = await withCode(need, ports, (mfa) => ports.outlast(() => make(mfa)));
    await refused.forget();
    return session;
  } catch (error) {
    if (error instanceof UserError && !(error instanceof CannotAsk || error instanceof CallerGone))
      await refused.remember(error);
    throw error;
  }
}

/** The remembered refusals of a step, after a check that none stands. */
async function refusedOnce({ plan, ports, options, began }: ObtainContext, step: Step) {
  const refused = refusals(ports.notes, ports.clock, `${fileName(step.item.name)}-${options.terminal()}`);
  const since = refusedSince({ ports, options, began });
  await refused.throwIfAny(since, `to be asked again now: aws-as login ${plan.identity}`);
  return refused;
}

/** The moment (milliseconds since 1970) from which on a person's refusal still stands. */
function refusedSince({ ports, options, began }: Pick<ObtainContext, "ports" | "options" | "began">): number {
  return options.unattended ? recently(ports.clock) : began;
}

/** Credentials from the source; a long-term key is exchanged for a session at once. */
async function callSource(context: ObtainContext, step: SourceStep, mayAsk: boolean): Promise<CachedSession> {
  const { plan, ports } = context;
  const given = await fromSource(context, step, mayAsk);
  const { sessionToken } = given;
  if (sessionToken !== undefined) {
    const credentials = { expiresAt: Number.POSITIVE_INFINITY, ...given, sessionToken };
    return keep(context, step, checkLifeLeft(plan, credentials, ports));
  }
  const make = async (mfa?: MfaProof) => {
    const { durationSeconds } = step;
    const request = { key: given, durationSeconds, ...(mfa === undefined ? {} : { mfa }) };
    return keep(context, step, await ports.aws.getSessionToken(plan.rootEndpoint, request));
  };
  return step.device === undefined ? make() : callWithCode(context, step, step.device, make);
}

/** Credentials from a source that are expired or nearly so: the error names the profile that they come from. */
function checkLifeLeft(plan: Plan, given: SessionCredentials, { clock }: Ports): SessionCredentials {
  const left = given.expiresAt - clock.now();
  if (left > unusable) return given;
  const state = left <= 0 ? "have expired" : `expire in ${Math.ceil(left / 1000)} s`;
  const { file, line } = plan.root.position;
  throw new UserError(
    `the credentials that profile "${plan.root.profile}" gives ${state} (${file}:${line})`,
    {
      hints: ["renew them where they come from"],
    },
  );
}

/** A person who refused a source is not asked again when the client retries at once. */
async function fromSource(
  context: ObtainContext,
  step: SourceStep,
  mayAsk: boolean,
): Promise<SourceCredentials> {
  const { plan, ports, options } = context;
  const refused = await refusedOnce(context, step);
  try {
    return await ports.source({
      root: step.root,
      identity: plan.identity,
      endpoint: plan.endpoint,
      roleSessionName: step.roleSessionName ?? ports.localName,
      mayAsk,
      refusedSince: refusedSince(context),
      deadline: options.deadline,
    });
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 130) await refused.remember(error);
    throw error;
  }
}

/** Most clients would keep credentials without an expiry for ever and never ask for new ones. */
function noExpiry(plan: Plan): UserError {
  const { file, line } = plan.root.position;
  const what = `profile "${plan.root.profile}" gives temporary credentials and does not say when they expire (${file}:${line})`;
  return new UserError(what, {
    hints: [
      "have its credential_process print Expiration",
      `use it without aws-as: aws --profile ${plan.root.profile} …`,
    ],
  });
}

/**
 * The one call of a step: GetSessionToken or AssumeRole. A role that is denied under the local user's name is assumed once
 * more under the IAM user's, which is known from then on, unless a code went with the call: AWS takes none twice.
 */
async function call(
  { plan, ports }: ObtainContext,
  step: BaseSessionStep | RoleStep,
  key: AccessKey,
  mfa?: MfaProof,
): Promise<SessionCredentials> {
  const proof = mfa === undefined ? {} : { mfa };
  if (step.kind === "base-session") {
    const { durationSeconds } = step;
    return ports.aws.getSessionToken(plan.rootEndpoint, { key, durationSeconds, ...proof });
  }
  const { profile, position, mfaSerial, ...role } = step.hop;
  const defaultName = () => defaultSessionName(plan, ports.notes, ports.localName);
  const assume = async (roleSessionName: string) => {
    try {
      return await ports.aws.assumeRole(plan.endpoint, { key, ...role, roleSessionName, ...proof });
    } catch (error) {
      throw isDenied(error) ? withWhatWasSent(error, step.hop, roleSessionName, plan.identity) : error;
    }
  };
  const { name, from } = step.roleSessionName
    ? { name: step.roleSessionName, from: undefined }
    : await defaultName();
  try {
    return await assume(name);
  } catch (error) {
    if (!isDenied(error) || from !== "local user" || step.with === "role-session") throw error;
    await learnUser(plan, key, ports);
    const learned = await defaultName();
    if (mfa !== undefined || learned.name === name) throw error;
    return await assume(learned.name);
  }
}

/**
 * Stores a new session. A failure is a warning, since a code was spent on the session and the caller can use it; under
 * `toKeep` it is an error.
 */
async function keep(
  { plan, ports, options }: ObtainContext,
  step: Step,
  credentials: SessionCredentials,
): Promise<CachedSession> {
  const isOfIdentity = step.kind === "role" || step.kind === "limit";
  const { region } = isOfIdentity ? plan.endpoint : plan.rootEndpoint;
  const signIn = isSignInRoot(plan.root) ? await ports.signIn(plan.root) : undefined;
  const { expiresAt } = credentials;
  const session = { credentials, obtainedAt: ports.clock.now(), expiresAt, region, signIn };
  // Without an expiry there is no telling later whether it is still good.
  if (session.expiresAt === Number.POSITIVE_INFINITY || sessionInFile(step) !== undefined) return session;
  try {
    await ports.store.write({ ...step.item, expiresAt: session.expiresAt }, printRecord(session));
    if (step.device !== undefined) await ports.notes.remove(lossNote(step));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await ports.notes.write(lossNote(step), { because: error.message });
    const what = `got a session for "${plan.identity}" but could not save it (${error.message})`;
    if (options.toKeep) {
      const { hints, exitCode } = error;
      throw new UserError(what, { hints, exitCode, cause: error });
    }
    ports.warn(`${what}; you will be asked again`);
  }
  return session;
}

function lossNote(step: Step): string {
  return `lost/${fileName(step.item.name)}`;
}

/** Why the last session of a step was not kept, for the person who is asked for a code again. */
async function whyNotKept({ notes }: Ports, step: Step): Promise<string | undefined> {
  const note = (await notes.read(lossNote(step))) as { because?: unknown } | undefined;
  return typeof note?.because === "string"
    ? `the last session could not be saved: ${note.because}`
    : undefined;
}

async function readSession(
  { plan, ports, options, began }: ObtainContext,
  step: Step,
): Promise<CachedSession | undefined> {
  const inFile = sessionInFile(step);
  if (inFile !== undefined) return inFile;
  try {
    const text = await ports.store.read(step.item.name);
    const session = text === undefined ? undefined : parseRecord(text);
    if (session !== undefined && !(await isStillSignedIn(plan, session, ports))) return undefined;
    const isRenewed = options.renew === "all" || (options.renew === "own" && step === plan.steps.at(-1));
    return isRenewed && session !== undefined && session.obtainedAt <= began ? undefined : session;
  } catch (error) {
    if (!(error instanceof ItemDamaged)) throw error;
    ports.warn(error.message);
    return undefined;
  }
}

/** After another tool's sign-out nothing is served, nor after somebody else's sign-in. */
async function isStillSignedIn({ root }: Plan, { signIn }: CachedSession, ports: Ports): Promise<boolean> {
  return !isSignInRoot(root) || (signIn !== undefined && (await ports.signIn(root)) === signIn);
}

/** The session of temporary keys: the file that holds them is the only place that they are in. */
function sessionInFile(step: Step): CachedSession | undefined {
  const span = spanInFile(step);
  if (span === undefined || step.kind !== "source" || step.root.kind !== "temporary-keys") return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = step.root;
  return { ...span, credentials: { accessKeyId, secretAccessKey, sessionToken, expiresAt } };
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
