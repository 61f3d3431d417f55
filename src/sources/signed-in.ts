import { AwsError } from "../aws/aws-error.ts";
import { refusals } from "../prompt/refusals.ts";
import { editFile } from "../system/files/atomic-write.ts";
import { controllingTerminal } from "../system/proc-stat.ts";
import { UserError } from "../system/user-error.ts";
import { type Login, login } from "./aws-cli-login.ts";
import type { SourceHost, SourceRequest } from "./source.ts";
import type { TokenDocument } from "./token-files.ts";

/** A session that a person opens in the browser and that lasts for a while, as one kind of source has it. */
export interface SignIn<Token> {
  /** Names the session for its lock: fit for a file's name. */
  readonly key: string;
  readonly login: Login;
  /** What the cache that we share with aws-cli holds. */
  read(): Promise<Token | undefined>;
  /** Good, and for a while. */
  isFresh(token: Token): boolean;
  /** Good at this moment. */
  isAlive(token: Token): boolean;
  /** What is wrong with it, in words that follow "the session"; undefined: there is none. */
  reason(token: Token | undefined): string;
  /** A new token without a person, saved; undefined where this one cannot be renewed. Rejects with an AwsError. */
  renew(token: Token): Promise<Token | undefined>;
}

/**
 * A token that is good: from the cache, else renewed, else by a person who signs in. One process at a time works on a
 * session; the others wait, then find its answer in the cache: twenty clients of five roles open one page in the browser.
 *
 * @throws UserError when a person is needed and there is none, or the sign-in came to nothing; AwsError when AWS cannot
 *   be asked
 */
export async function signedIn<Token>(
  how: SignIn<Token>,
  request: SourceRequest,
  host: SourceHost,
): Promise<Token> {
  const seen = await how.read();
  if (seen !== undefined && how.isFresh(seen)) return seen;
  const lock = await host.lock(`sign-in-${how.key}`, deadlineOf(request, host));
  if (lock === undefined) {
    if (seen !== undefined && how.isAlive(seen)) return seen;
    throw new UserError(`another aws-as is still busy signing in to ${how.login.session}`, {
      hints: [`sign in: ${how.login.command}`],
    });
  }
  try {
    const token = await how.read();
    if (token !== undefined && how.isFresh(token)) return token;
    const { fresh, ended = how.reason(token) } = await renewed(how, token);
    return fresh ?? (await afterLogin(how, ended, request, host));
  } finally {
    lock.release();
  }
}

/**
 * Milliseconds. Who holds the lock may wait for a person; a renewal ahead of time does not, for the old credentials are
 * still good.
 */
const silentRefreshTimeoutMs = 1000;

/** Until when the lock is waited for, in milliseconds of the monotonic clock. */
function deadlineOf({ mayAsk, deadline }: SourceRequest, { clock }: SourceHost): number | undefined {
  return mayAsk
    ? deadline
    : Math.min(deadline ?? Number.POSITIVE_INFINITY, clock.monotonic() + silentRefreshTimeoutMs);
}

/** Without `fresh` it takes a person; `ended` says why, where AWS did. */
interface Renewed<Token> {
  readonly fresh?: Token;
  readonly ended?: string | undefined;
}

async function renewed<Token>(how: SignIn<Token>, token: Token | undefined): Promise<Renewed<Token>> {
  if (token === undefined) return {};
  let failure: AwsError | undefined;
  try {
    const fresh = await how.renew(token);
    if (fresh !== undefined) return { fresh };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    failure = error;
  }
  // aws-cli does not know our lock, and may have been quicker; a refresh token may be good for one use.
  const now = await how.read();
  if (now !== undefined && how.isFresh(now)) return { fresh: now };
  if (how.isAlive(token)) return { fresh: token };
  if (failure === undefined) return {};
  if (isOver(failure)) return { ended: failure.tells ? failure.message : undefined };
  // What cannot be reached now cannot be signed in to either.
  const { kind, message, hints, cause, exitCode } = failure;
  throw new AwsError(kind, `cannot renew ${how.login.session}: ${message}`, {
    hints: [
      ...hints,
      ...(kind === "access-denied" && hints.length === 0 ? [`sign in again: ${how.login.command}`] : []),
    ],
    cause: cause ?? failure,
    exitCode,
  });
}

/** Whether AWS said that it does not take this token any more. */
function isOver({ kind }: AwsError): boolean {
  return ["expired-credentials", "invalid-credentials", "invalid-request"].includes(kind);
}

async function afterLogin<Token>(
  how: SignIn<Token>,
  ended: string,
  request: SourceRequest,
  host: SourceHost,
): Promise<Token> {
  const memory = refusals(host.notes, host.clock, `sign-in-${how.key}-${controllingTerminal()}`);
  const { session, command } = how.login;
  await memory.throwIfAny(request.refusedSince ?? Number.POSITIVE_INFINITY, `sign in: ${command}`);
  const reason = `${session} ${ended}`;
  await login(how.login, reason, request, host, memory.remember);
  const now = await how.read();
  if (now !== undefined && how.isFresh(now)) return now;
  throw new UserError(`\`${command}\` ended well, and ${session} is still not usable`, {
    hints: [`see what it says: ${command}`, "check that HOME is the same for aws-cli and aws-as"],
  });
}

/**
 * Puts a new document in the place of the one that was read, in one step, with mode and owner kept. Where it cannot be
 * written (a full disk, a read-only home) or somebody else was quicker, nothing happens: the credentials at hand are
 * good, and clients take any word on standard error for a failure. A refresh token that is lost so costs one sign-in.
 */
export async function writeTokenFile(
  path: string,
  before: TokenDocument,
  after: TokenDocument,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(after, null, 2)}\n`);
  try {
    await editFile(path, (now) => {
      if (JSON.stringify(JSON.parse(String(now))) !== JSON.stringify(before)) throw new Error("another one");
      return bytes;
    });
  } catch {
    // As said above.
  }
}

/** As aws-cli writes a time, which is all that some readers take. */
export function timeFor(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
