import { verbs } from "../argv.ts";
import { actAs, type CredentialRequest } from "../credentials/act-as.ts";
import type { Change, Memory } from "../emit/change.ts";
import type { Machine } from "../machine/machine.ts";
import { timestamp } from "../system/clock.ts";
import { UserError } from "../system/user-error.ts";
import {
  changedByHand,
  changesTo,
  changesToLeave,
  changesToNothing,
  displacedBy,
  notesOf,
  type Target,
} from "./changes.ts";
import { chosenDialect, chosenShell, rendered, renderedForFunctions } from "./say.ts";

type Switch = Omit<CredentialRequest, "unattended">;
type Warn = (message: string) => void;

/** The changes that make the calling shell act as NAME; `-` is nobody. */
export async function changesFor(request: Switch, machine: Machine, warn: Warn): Promise<Change[]> {
  if (request.name === "-") return changesToBeNobody(machine, warn);
  return changesTo(await targetOf(request, machine, warn), machine.env);
}

/** The same for the shell functions, which also remember what is displaced, and what their prompt shows. */
export async function changesForFunctions(
  request: Switch,
  machine: Machine,
  warn: Warn,
): Promise<(Change | Memory)[]> {
  if (request.name === "-") return changesToBeNobody(machine, warn);
  const target = await targetOf(request, machine, warn).catch((error: unknown) => {
    throw isVerb(request.name) ? withOldFunctions(request.name, error) : error;
  });
  const changes = changesTo(target, machine.env);
  const after = Object.fromEntries(
    changes.flatMap((change) => (change.kind === "set" ? [[change.name, change.value]] : [])),
  );
  return [...displacedBy(target, machine.env), ...changes, ...notesOf(after)];
}

/** Functions that hand a command on as if it were a name are from before there was that command. */
function withOldFunctions(verb: string, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  return new UserError(error.message, {
    hints: [
      `"${verb}" is a command of this aws-as; the functions in this shell may be older: eval $(aws-as -s)`,
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
export function changesForLeaving(machine: Machine, warn: Warn): (Change | Memory)[] {
  tellOfOthers(machine, warn);
  return changesToLeave(machine.env);
}

function changesToBeNobody(machine: Machine, warn: Warn): Change[] {
  tellOfOthers(machine, warn);
  return changesToNothing(machine.env);
}

function tellOfOthers({ env }: Machine, warn: Warn): void {
  if (changedByHand(env)) warn("the credentials here are not the ones aws-as set; they stay");
}

async function targetOf(request: Switch, machine: Machine, warn: Warn): Promise<Target> {
  const { identity, session } = await actAs({ ...request, unattended: false }, machine, warn);
  return {
    identity: identity.name,
    accessKeyId: session.credentials.accessKeyId,
    secretAccessKey: session.credentials.secretAccessKey.reveal(),
    sessionToken: session.credentials.sessionToken.reveal(),
    expiration: timestamp(session.expiresAt),
    region: identity.settings.get("region")?.value,
  };
}

/** What `aws-as env NAME` prints. */
export async function envCode(name: string, machine: Machine, warn: Warn): Promise<string> {
  return rendered(chosenDialect(undefined, undefined), await changesFor({ name }, machine, warn));
}

/** What `aws-as switch SHELL NAME`, which the shell functions call, prints. */
export async function switchCode(shell: string, name: string, machine: Machine, warn: Warn): Promise<string> {
  const known = chosenShell(shell);
  return renderedForFunctions(known, await changesForFunctions({ name }, machine, warn));
}
