import { type Acting, actAs, noteActing } from "../credentials/act-as.ts";
import { actingAs } from "../credentials/acting.ts";
import type { Change, Memory } from "../emit/change.ts";
import type { Machine } from "../machine/machine.ts";
import { CannotAsk } from "../session/mfa-code.ts";
import type { Environment } from "../system/environment.ts";
import { promptTimeoutMs } from "../system/limits.ts";
import { CallerGone, UserError } from "../system/user-error.ts";
import { changesToRenew, ours, rememberedOfRenewal, renewNote, targetOf } from "../variables/changes.ts";
import { checksum, type Place, placeOf, readRemembered } from "../variables/memory.ts";
import { announce, notesAfter, renewalOf, retryMs, type Switch, type Told } from "./run.ts";
import { chosenShell, renderedForFunctions } from "./say.ts";

/** What `aws-as switch SHELL --due`, which the shell asks before a prompt, prints. */
export async function renewalCode(shell: string, machine: Machine, told: Told): Promise<string> {
  return renderedForFunctions(chosenShell(shell), await changesWhenDue(machine, told));
}

/**
 * New credentials for a shell whose own are about to end. Asks nobody, and a failure is a message and not an error: the shell
 * keeps what it has, and hears when to ask again.
 */
export async function changesWhenDue(machine: Machine, told: Told): Promise<(Change | Memory)[]> {
  const { env, clock } = machine;
  const name = actingAs(env);
  if (name === undefined) return [renewNote(Number.POSITIVE_INFINITY)];
  const place = await placeOf(env, machine.folder());
  const deadline = clock.monotonic() + promptTimeoutMs;
  let failure: string | undefined;
  try {
    const acting = await actAs(
      { name, way: "prompt", unattended: true, tellOfRenewal: true, deadline },
      machine,
      (message) => {
        failure ??= message;
      },
    );
    if (acting.session.credentials.accessKeyId !== env["AWS_ACCESS_KEY_ID"]) {
      await noteActing(acting, { way: "renew" }, machine);
      return renewed(acting, place, clock.now());
    }
    return [...remembered(failure, place, told), renewNote(renewalOf(acting, clock.now()))];
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof CallerGone) throw error;
    const message =
      error instanceof CannotAsk
        ? `"${name}" needs an MFA code to be renewed: aws-as renew`
        : `"${name}" could not be renewed: ${error.message}`;
    const renewAt = error instanceof CannotAsk ? Number.POSITIVE_INFINITY : clock.now() + retryMs;
    return [...remembered(message, place, told), renewNote(renewAt)];
  }
}

/** Tells of a failure unless the person has heard of it. It may name a time, which is another one with each try. */
function remembered(failure: string | undefined, place: Place, told: Told): Memory[] {
  if (failure === undefined) return [];
  const sum = checksum(failure.replace(/\d+/g, ""));
  if (readRemembered(place.env[ours.memory]).notes.failure === sum) return [];
  told.warn(failure);
  return [rememberedOfRenewal(place, sum)];
}

function renewed(acting: Acting, place: Place, now: number): (Change | Memory)[] {
  const target = targetOf(acting);
  return [
    ...changesToRenew(target, place),
    ...notesAfter(target, renewalOf(acting, now)),
    rememberedOfRenewal(place, undefined),
  ];
}

/** The same at a person's wish: a new session also where the old one is good, with a code where that takes one. */
export async function changesByRenewing(
  { code }: Pick<Switch, "code">,
  machine: Machine,
  told: Told,
): Promise<{ readonly changes: readonly Change[]; readonly notes: readonly Memory[] }> {
  const { env } = machine;
  const name = actingInShell(machine);
  const place = await placeOf(env, machine.folder());
  const request = { name, way: "env", code, unattended: false, renew: true } as const;
  const acting = await actAs(request, machine, told.warn);
  await noteActing(acting, { way: "renew" }, machine);
  const target = targetOf(acting);
  const changes = changesToRenew(target, place);
  announce(acting, changes, machine, told);
  return {
    changes,
    notes: [
      ...notesAfter(target, renewalOf(acting, machine.clock.now())),
      rememberedOfRenewal(place, undefined),
    ],
  };
}

/** The functions, and nothing else, hand on a memory. */
function again(env: Environment, identity: string): string {
  return env[ours.memory] === undefined ? `eval "$(aws-as env ${identity})"` : `aws-as ${identity}`;
}

/** @throws UserError where the credentials of the shell are not those of an identity */
function actingInShell({ env }: Machine): string {
  const identity = env[ours.identity];
  if (!identity) {
    throw new UserError("this shell acts as nobody, so there is nothing to renew", {
      hints: ["the identities that it can act as: aws-as list"],
    });
  }
  const isOther = env["AWS_ACCESS_KEY_ID"] !== undefined && actingAs(env) === undefined;
  if (isOther) {
    throw new UserError(
      `the credentials here are no longer those of "${identity}" that aws-as set, and are left alone`,
      { hints: [`to act as "${identity}" again: ${again(env, identity)}`] },
    );
  }
  return identity;
}
