import type { AccessKey, Endpoint, MfaProof, SessionCredentials } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { recently, refusals } from "../prompt/refusals.ts";
import type { SourceCredentials } from "../sources/source.ts";
import { timeLeft } from "../system/clock.ts";
import { codeCallReserveMs } from "../system/limits.ts";
import { CallerGone, UserError } from "../system/user-error.ts";
import type { ObtainContext, Ports } from "./context.ts";
import { checkLifeLeft, decide, isUsable, sessionInFile } from "./decide.ts";
import { isDenied, withAgeOfCode, withWhatWasSent } from "./denied.ts";
import { mayGiveCodes, noSuchDevice } from "./device.ts";
import { failedRecently, renewalNote } from "./early-renewal.ts";
import { type CachedSession, fileName, printRecord } from "./item.ts";
import { openKey } from "./long-term-key.ts";
import { CannotAsk, withCode } from "./mfa-code.ts";
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
  stepAt,
} from "./plan.ts";
import { defaultSessionName, learnUser } from "./session-name.ts";

/** A good session for a step; undefined where a person would have to be asked and `mayAsk` is false. */
export async function ensure(
  context: ObtainContext,
  index: number,
  mayAsk: boolean,
): Promise<CachedSession | undefined> {
  const step = stepAt(context.plan, index);
  const { ports } = context;
  const cached = await context.read(step);
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
