import type { AccessKey, Endpoint } from "../../aws/aws.ts";
import { AwsError } from "../../aws/aws-error.ts";
import { type ConsolePage, consoleUrl, federationUrl, signInUrl } from "../../aws/console-address.ts";
import { endpointFor } from "../../aws/endpoint.ts";
import { resolveIdentity } from "../../config/resolve/resolve.ts";
import { sessionName } from "../../config/settings.ts";
import { type Acting, actAs, noteHandOut } from "../../credentials/act-as.ts";
import { configFor, planWithoutDevice } from "../../credentials/plan-for.ts";
import type { Machine, Task } from "../../machine/machine.ts";
import { foresee, itemsByName, maySignIn, outcomeOf } from "../../session/foresee.ts";
import { openKey } from "../../session/long-term-key.ts";
import { isKeyRoot, type Plan } from "../../session/plan.ts";
import { timeLeft } from "../../system/clock.ts";
import { Secret } from "../../system/secret.ts";
import { UserError } from "../../system/user-error.ts";
import { consoleSession } from "./session.ts";

/** The console that is wanted. */
export interface ConsoleRequest {
  readonly name: string;
  /** From `--code`. */
  readonly code: string | undefined;
  /** Seconds that it shall stay open. */
  readonly seconds: number | undefined;
  /** In place of the identity's. */
  readonly region: string | undefined;
  readonly page: ConsolePage;
}

/** A link that signs a browser in, for a quarter of an hour. */
export interface ConsoleLink {
  readonly identity: string;
  readonly account: string | undefined;
  readonly link: Secret;
  /** Milliseconds since 1970: when the console closes. */
  readonly endsAt: number;
}

/** Gets a session, and exchanges it for a link. */
export async function consoleLink(request: ConsoleRequest, task: Task): Promise<ConsoleLink> {
  const { machine } = task;
  const config = await configFor(request.name, machine, true);
  const identity = resolveIdentity(config, request.name);
  const outline = await planWithoutDevice(identity, config, machine);
  const pin = identity.account && (await import("../../credentials/account-pin.ts"));
  await pin?.checkAccount(identity, outline, machine);
  const wanted = consoleSession(outline, request.seconds);
  if (wanted.kind === "user" && identity.guard) {
    const { checkHandOut } = await import("../../credentials/may-hand-out.ts");
    await checkHandOut(identity, { way: "console", unattended: false }, { config, machine });
  }
  // Wrong words are told before a code is asked for.
  const endpoint = inRegion(outline.endpoint, request.region);
  const destination = consoleUrl(endpoint, request.page);
  const federation = federationUrl(endpoint);

  const { key, endsAt, sessionSeconds, isNew } =
    wanted.kind === "user"
      ? await userSession(outline, wanted.durationSeconds, task)
      : await ownSession(request, wanted, task);
  try {
    const token = await machine.aws().getSignInToken(endpoint, { key, sessionSeconds });
    const link = {
      identity: identity.name,
      account: outline.accountId,
      link: new Secret(signInUrl(federation, token.reveal(), destination)),
      endsAt: sessionSeconds === undefined ? endsAt : machine.clock.now() + sessionSeconds * 1000,
    };
    const session = { credentials: key, expiresAt: link.endsAt };
    const outcome = isNew ? "new" : "cached";
    await noteHandOut(config, { way: "console", identity: identity.name, outcome, session }, machine);
    return link;
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== "access-denied") throw error;
    throw await refused(error, { name: identity.name, key, endpoint, sessionSeconds }, machine);
  }
}

/** What the console is opened with. */
interface Opening {
  readonly key: AccessKey;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  readonly sessionSeconds?: number | undefined;
  readonly isNew: boolean;
}

function inRegion(endpoint: Endpoint, region: string | undefined): Endpoint {
  if (region === undefined) return endpoint;
  const arn = `arn:${endpoint.partition}:iam::`;
  return { ...endpoint, region: endpointFor(new Map([["region", { value: region }]]), {}, { arn }).region };
}

/**
 * A session policy is demanded, and what it allows is cut down to what the user may do anyway.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
 */
const everythingOfTheUser = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

async function userSession(plan: Plan, durationSeconds: number | undefined, task: Task): Promise<Opening> {
  const { machine } = task;
  if (!isKeyRoot(plan.root)) throw new Error(`a ${plan.root.kind} has no key`);
  const key = await openKey(plan.root, task.store);
  const name = sessionName(machine.userName).slice(0, 32);
  try {
    const policy = everythingOfTheUser;
    const session = await machine
      .aws()
      .getFederationToken(plan.rootEndpoint, { key, name, policy, durationSeconds });
    task.warn(
      `AWS takes no MFA code for the console of a user: what "${plan.identity}" may do only with MFA is denied there`,
    );
    return { key: session, endsAt: session.expiresAt, isNew: true };
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== "access-denied") throw error;
    throw new AwsError(error.kind, error.message, {
      hints: [
        "the user needs sts:GetFederationToken for that, without a condition on MFA; a role's console needs neither",
        ...error.hints,
      ],
      cause: error,
    });
  }
}

async function ownSession(
  { name, code }: ConsoleRequest,
  {
    durationSeconds,
    sessionSeconds,
  }: { durationSeconds?: number | undefined; sessionSeconds?: number | undefined },
  { machine, warn }: Task,
): Promise<Opening> {
  const request = { name, way: "console", code, unattended: false, durationSeconds } as const;
  let acting = await actAs(request, machine, warn);
  // A console has what is left of the session, to the minute: it should be all that there is without a question.
  if (sessionSeconds === undefined && (await isRenewable(acting, machine))) {
    try {
      acting = await actAs(
        { ...request, code: undefined, renew: true, isAgreed: true },
        machine,
        warn,
        acting.store,
      );
    } catch (error) {
      // The one at hand is good.
      if (!(error instanceof UserError)) throw error;
    }
  }
  const { credentials, expiresAt } = acting.session;
  return { key: credentials, endsAt: expiresAt, sessionSeconds, isNew: acting.isNew };
}

/** Whether a session that has been used for a while can be had anew without a person. */
async function isRenewable({ plan, session, store }: Acting, { clock }: Machine): Promise<boolean> {
  const now = clock.now();
  if (now - session.obtainedAt < 60_000) return false;
  const items = new Map(itemsByName(await store.list()));
  items.delete(plan.steps.at(-1)?.item.name ?? "");
  const foreseen = foresee(plan, items, now);
  return outcomeOf(foreseen, true) === "renew" && !maySignIn(foreseen);
}

/** AWS says no more than no. What it is about is found by what it takes. */
async function refused(
  error: AwsError,
  {
    name,
    key,
    endpoint,
    sessionSeconds,
  }: { name: string; key: AccessKey; endpoint: Endpoint; sessionSeconds?: number | undefined },
  machine: Machine,
): Promise<UserError> {
  if (sessionSeconds !== undefined) {
    return new UserError(`AWS opens no console of ${timeLeft(sessionSeconds * 1000)} for "${name}"`, {
      hints: ["choose a shorter --duration, up to the role's maximum session duration, or leave it out"],
      cause: error,
    });
  }
  const { arn } = await machine.aws().getCallerIdentity(endpoint, key);
  if (!/:(user\/|root$)/.test(arn)) return error;
  return new UserError(
    `"${name}" gives a session of a user (${arn}), which AWS signs in to no console: it takes roles, and users by their long-term key`,
    { hints: ["open the console of a role that this user may assume"], cause: error },
  );
}
