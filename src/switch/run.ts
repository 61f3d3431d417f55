import { verbs } from "../argv.ts";
import { actAs, type CredentialRequest } from "../credentials/act-as.ts";
import type { Change, Memory } from "../emit/change.ts";
import type { Shell } from "../emit/dialect.ts";
import type { Machine } from "../machine/machine.ts";
import type { Environment } from "../system/environment.ts";
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
  type Target,
  targetOf,
} from "../variables/changes.ts";
import { type Place, placeOf } from "../variables/memory.ts";
import { callersShell, chosenShell, rendered, renderedForFunctions } from "./say.ts";

type Switch = Omit<CredentialRequest, "unattended">;

/** How a person hears of what happened beside the switch itself. */
export interface Told {
  warn(message: string): void;
  say(message: string): void;
}

/** The changes that make the calling shell act as NAME; `-` is nobody. */
export async function changesFor(request: Switch, machine: Machine, told: Told): Promise<Change[]> {
  const place = await placeOf(machine.env, machine.folder());
  if (request.name === "-") return changesToBeNobody(place, told);
  return changesTo(await targetFor(request, machine, told), place);
}

/** The same for the shell functions, which also remember what is displaced, and what their prompt shows. */
export async function changesForFunctions(
  request: Switch,
  shell: Shell,
  machine: Machine,
  told: Told,
): Promise<(Change | Memory)[]> {
  const place = await placeOf(machine.env, machine.folder());
  if (request.name === "-") return changesToBeNobody(place, told);
  const target = await targetFor(request, machine, told).catch((error: unknown) => {
    throw isVerb(request.name) ? withOldFunctions(request.name, shell, error) : error;
  });
  const changes = changesTo(target, place);
  const after = Object.fromEntries(
    changes.flatMap((change) => (change.kind === "set" ? [[change.name, change.value]] : [])),
  );
  return [...displacedBy(place), ...changes, ...notesOf(after)];
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

async function targetFor(request: Switch, machine: Machine, { warn }: Told): Promise<Target> {
  return targetOf(await actAs({ ...request, unattended: false }, machine, warn));
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
