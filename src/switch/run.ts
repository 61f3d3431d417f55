import { verbs } from "../argv.ts";
import type { Identity } from "../config/resolve/identity.ts";
import { UnknownName } from "../config/resolve/resolve.ts";
import { type Acting, actAs, type CredentialRequest, noteActing } from "../credentials/act-as.ts";
import type { Change, Memory } from "../emit/change.ts";
import type { Shell } from "../emit/dialect.ts";
import type { Machine } from "../machine/machine.ts";
import { dueForRenewalAt } from "../session/decide.ts";
import { isKeyRoot, type Plan } from "../session/plan.ts";
import { lifeLeft } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import { suggest } from "../system/suggest.ts";
import { UserError } from "../system/user-error.ts";
import {
  changedByHand,
  changesTo,
  changesToLeave,
  changesToNothing,
  comesBack,
  displacedBy,
  leftBehind,
  notesOf,
  ours,
  rememberedByNobody,
  type Target,
  targetOf,
} from "../variables/changes.ts";
import { type Place, placeOf } from "../variables/memory.ts";
import { callersShell, chosenShell, rendered, renderedForFunctions } from "./say.ts";

/** Whom a shell is to act as. */
export type Switch = Pick<CredentialRequest, "name" | "code" | "renew"> & {
  /** In place of the identity's own, up to the next switch. */
  readonly region?: string | undefined;
};

/** How a person hears of what happened beside the switch itself. */
export interface Told {
  warn(message: string): void;
  say(message: string): void;
  /** Only where it goes to a terminal, for it tells of nothing unexpected. */
  announce(message: string): void;
}

/** The changes that make the calling shell act as NAME; `-` is nobody. */
export async function changesFor(request: Switch, machine: Machine, told: Told): Promise<Change[]> {
  const place = await placeOf(machine.env, machine.folder());
  if (request.name === "-") return changesToBeNobody(place, told);
  const acting = await act(request, "env", machine, told);
  const changes = changesTo(acting.target, place);
  announce(acting, changes, machine, told);
  return changes;
}

/** The same for the shell functions, which also remember what is displaced, and what their prompt shows. */
export async function changesForFunctions(
  request: Switch,
  shell: Shell,
  machine: Machine,
  told: Told,
): Promise<(Change | Memory)[]> {
  const place = await placeOf(machine.env, machine.folder());
  if (request.name === "-") return [...changesToBeNobody(place, told), rememberedByNobody(place)];
  const acting = await act(request, "switch", machine, told).catch(async (error: unknown) => {
    if (isVerb(request.name)) throw withOldFunctions(request.name, shell, error);
    const name = error instanceof UnknownName ? await meantBy(request.name, machine, told) : undefined;
    if (name === undefined) throw error instanceof UnknownName ? withVerbsLike(request.name, error) : error;
    return act({ ...request, name }, "switch", machine, told);
  });
  const { target } = acting;
  const changes = changesTo(target, place);
  announce(acting, changes, machine, told);
  return [
    ...displacedBy(place, target.identity),
    ...changes,
    ...notesAfter(target, renewalOf(acting, machine.clock.now())),
  ];
}

/** The identity that a person picks where what was typed is only a part of names. */
async function meantBy(typed: string, machine: Machine, { say }: Told): Promise<string | undefined> {
  const { isAtTerminal } = await import("../cli/at-terminal.ts");
  if (!(await isAtTerminal(machine.env))) return undefined;
  return (await import("./pick.ts")).pickIdentity(machine, say, typed);
}

/** What the prompt is to know after a switch. */
export function notesAfter({ identity, accessKeyId, expiration }: Target, renewAt: number): Memory[] {
  const env = {
    [ours.identity]: identity,
    [ours.accessKeyId]: accessKeyId,
    AWS_CREDENTIAL_EXPIRATION: expiration,
  };
  return notesOf(env, renewAt);
}

/** Milliseconds between two renewals that a shell tries by itself. */
export const retryMs = 600_000;

/** From when a shell is to ask for a renewal without a code, in milliseconds since 1970; infinite: never. */
export function renewalOf({ plan, session }: Pick<Acting, "plan" | "session">, now: number): number {
  if (plan.steps.at(-1)?.device !== undefined) return Number.POSITIVE_INFINITY;
  // One that is due already has just failed, or is a person's to make.
  return Math.max(dueForRenewalAt(session), now + retryMs);
}

/** Functions that hand a command on as if it were a name are from before there was that command. */
function withOldFunctions(verb: string, { setup }: Shell, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  return new UserError(error.message, {
    hints: [
      `"${verb}" is a command of this aws-as; the functions in this shell may be older: ${setup[0].line}`,
      ...error.hints,
    ],
    exitCode: error.exitCode,
    cause: error.cause,
  });
}

/** The functions take a slip of the finger in a command for a name. */
function withVerbsLike(typed: string, error: UnknownName): UserError {
  const meant = suggest(typed, verbs).map((verb) => `did you mean aws-as ${verb}?`);
  return meant.length === 0 ? error : new UserError(error.message, { hints: [...error.hints, ...meant] });
}

function isVerb(name: string): boolean {
  return verbs.includes(name);
}

/** The changes with which the calling shell's functions leave. */
export async function changesForLeaving(machine: Machine, told: Told): Promise<readonly (Change | Memory)[]> {
  const place = await placeOf(machine.env, machine.folder());
  tellOfOthers(place.env, told);
  const { changes, back, ended } = changesToLeave(place);
  tellOfBack(back, told);
  if (ended.length > 0) {
    told.say(
      `${ended.join(", ")} of before the switch stays away: it was set in another folder, or cleared since`,
    );
  }
  return changes;
}

function changesToBeNobody(place: Place, told: Told): Change[] {
  tellOfOthers(place.env, told);
  const changes = changesToNothing(place);
  tellOfBack(comesBack(changes), told);
  return changes;
}

function tellOfBack(back: readonly string[], told: Told): void {
  if (back.length > 0) told.say(`gave back ${back.join(", ")}`);
}

function tellOfOthers(env: Environment, told: Told): void {
  if (!changedByHand(env)) return;
  const left = leftBehind(env);
  const rest = left.length === 0 ? "" : `; what was left of the session is gone: ${left.join(", ")}`;
  told.warn(`the credentials here are not the ones aws-as set; they stay${rest}`);
}

async function act(
  { region, ...request }: Switch,
  way: "env" | "switch",
  machine: Machine,
  { warn }: Told,
): Promise<Acting & { readonly target: Target }> {
  if (region !== undefined && !/^[a-z0-9-]+$/.test(region)) {
    throw new UserError(`"${region}" is not the name of a region`, {
      hints: ["as in: aws-as NAME --region eu-central-1"],
      exitCode: 2,
    });
  }
  const acting = await actAs({ ...request, way: "env", unattended: false }, machine, warn);
  await noteActing(acting, { way }, machine);
  return { ...acting, target: targetOf(acting, region) };
}

/** One line about where this shell is now: before `terraform apply` people want to see that. */
export function announce(
  { identity, plan, session }: Acting,
  changes: readonly Change[],
  { env, clock }: Pick<Machine, "env" | "clock">,
  told: Told,
): void {
  if (env["AWS_AS_QUIET"]) return;
  const region = regionAfter(changes, env);
  const left = lifeLeft(session.expiresAt - clock.now());
  const where = region === undefined ? "no region" : region;
  told.announce(`${identity.name}: ${whoIs(identity, plan)}, ${where}, ${left} left`);
}

/** The region that programs will see. */
function regionAfter(changes: readonly Change[], env: Environment): string | undefined {
  const held = (name: string) => {
    const change = changes.find((each) => each.name === name);
    return change === undefined ? env[name] : change.kind === "set" ? change.value : undefined;
  };
  return held("AWS_REGION") || held("AWS_DEFAULT_REGION") || undefined;
}

/** What an identity is to AWS, without its name: `role admin in 111111111111`. */
function whoIs({ root, hops, limits }: Identity, { accountId }: Plan): string {
  const arn = hops.at(-1)?.roleArn ?? (root.kind === "web-identity" ? root.roleArn : undefined);
  const role = arn?.split("/").at(-1) ?? (root.kind === "sso" ? root.roleName : undefined);
  const what = role === undefined ? (isKeyRoot(root) ? "user" : "credentials") : `role ${role}`;
  const where = accountId === undefined ? what : `${what} in ${accountId}`;
  return limits === undefined ? where : `${where}, limited`;
}

/** What `aws-as env NAME` prints. */
export async function envCode(name: string, machine: Machine, told: Told): Promise<string> {
  return rendered(callersShell(await machine.parentProgram()), await changesFor({ name }, machine, told));
}

/** What `aws-as switch SHELL NAME`, which the shell functions call, prints. */
export async function switchCode(shell: string, name: string, machine: Machine, told: Told): Promise<string> {
  const known = chosenShell(shell);
  return renderedForFunctions(known, await changesForFunctions({ name }, known, machine, told));
}
