import { ItemDamaged } from "../store/secret-store.ts";
import { UserError } from "../system/user-error.ts";
import type { CallOptions, ObtainContext, Ports } from "./context.ts";
import { checkLifeLeft, decide, isUsable, sessionInFile } from "./decide.ts";
import { failedRecently } from "./early-renewal.ts";
import { type CachedSession, parseRecord } from "./item.ts";
import { isSignInRoot, type Plan, type Step, stepAt } from "./plan.ts";

/**
 * Gets the credentials of a plan's last step: from the store where they are good, else from AWS, asking for a
 * code only where one is needed. One process at a time works on a base identity; the others wait, then find its
 * result in the store.
 *
 * @throws UserError (AwsError among them) when it cannot be done
 */
export async function obtain(plan: Plan, ports: Ports, options: CallOptions): Promise<CachedSession> {
  const call = { plan, ports, options, began: ports.clock.now() };
  const context: ObtainContext = { ...call, read: (step) => readSession(call, step) };
  const last = plan.steps.length - 1;
  const step = stepAt(plan, last);
  const inFile = sessionInFile(step);
  if (inFile !== undefined) {
    checkLifeLeft(plan, inFile.credentials, ports);
    return inFile;
  }
  const cached = await context.read(step);
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
        const { ensure } = await import("./renew.ts");
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
    const done = await context.read(step);
    if (done !== undefined && decide(step, done, ports.clock.now()).kind === "reuse") return done;
  }
}

/** The expiry (milliseconds since 1970) of a usable session that was stored after the one already looked at. */
async function newerExpiry({ store, clock }: Ports, step: Step, known: number): Promise<number | undefined> {
  const item = (await store.list()).find(({ name }) => name === step.item.name);
  const expiresAt = item?.expiresAt ?? 0;
  return expiresAt > known && isUsable({ obtainedAt: 0, expiresAt }, clock.now()) ? expiresAt : undefined;
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

/** `read` of the context. */
async function readSession(
  { plan, ports, options, began }: Omit<ObtainContext, "read">,
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
