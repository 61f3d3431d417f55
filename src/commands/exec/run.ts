import { basename } from "node:path";
import { type Acting, actAs, noteActing } from "../../credentials/act-as.ts";
import { actingAs } from "../../credentials/acting.ts";
import type { Change } from "../../emit/change.ts";
import type { Machine } from "../../machine/machine.ts";
import type { OwnCommand } from "../../system/children/run-in-place.ts";
import { timeLeft } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";
import { withChanges } from "../../variables/apply.ts";
import { changesTo, changesToNothing, changesToServed, targetOf } from "../../variables/changes.ts";
import { placeOf } from "../../variables/memory.ts";

export interface ExecRequest {
  /** Absent: the identity of the shell that calls. */
  readonly name?: string | undefined;
  /** Further identities, which only renewed credentials can be of. */
  readonly more?: readonly string[];
  /** The command gets an address where it finds credentials, each time anew, in place of the credentials. */
  readonly renewed?: boolean;
  /** The command and its arguments. */
  readonly run: readonly string[];
  /** Milliseconds that the credentials must last. */
  readonly minLifeMs?: number | undefined;
  /** The command gets the user's long-term key in place of a session. */
  readonly withKey?: boolean;
  /** From `--code`. */
  readonly code?: string | undefined;
}

/**
 * Runs a command as an identity, in the place of this process where that can be had.
 *
 * @returns the command's exit status
 */
export async function exec(
  request: ExecRequest,
  machine: Machine,
  warn: (message: string) => void,
): Promise<number> {
  const { env } = machine;
  const [program, ...rest] = request.run;
  if (program === undefined) throw new Error("exec without a command");
  const place = await placeOf(env, machine.folder());
  const command = (changes: readonly Change[]): OwnCommand => ({
    words: [program, ...rest],
    environment: withChanges(env, changes),
  });
  if (request.name === "-") return machine.runInPlace(command(changesToNothing(place)));
  if (request.withKey && request.name !== undefined) {
    const { changesToUser } = await import("./with-key.ts");
    return machine.runInPlace(
      command(await changesToUser(request.name, place, basename(program), machine, warn)),
    );
  }
  if (!request.renewed) {
    const acting = await actingFor(request, machine, warn);
    await noteActing(acting, { way: "exec", command: basename(program) }, machine);
    return machine.runInPlace(command(changesTo(targetOf(acting), place)));
  }

  const { refuseOtherDefault, serveCommand } = await import("./serve-command.ts");
  await refuseOtherDefault(machine);
  const acting = await actingFor(request, machine, warn);
  const serving = await serveCommand(
    acting,
    { more: request.more, command: basename(program) },
    machine,
    warn,
  );
  try {
    return await machine.runAttended(command(changesToServed(targetOf(acting), place, serving)));
  } finally {
    serving.close();
  }
}

async function actingFor(
  { name: named, minLifeMs = 0, code }: ExecRequest,
  machine: Machine,
  warn: (message: string) => void,
): Promise<Acting> {
  const name = named ?? nameOfShell(machine);
  const lasts = ({ session }: Acting) => session.expiresAt - machine.clock.now();
  const request = { name, way: "exec", unattended: false } as const;
  const first = await actAs({ ...request, code }, machine, warn);
  if (lasts(first) >= minLifeMs) return first;
  const renewed = await actAs({ ...request, renew: true, isAgreed: true }, machine, warn);
  if (lasts(renewed) >= minLifeMs) return renewed;
  const [has, wanted] = [lasts(renewed), minLifeMs].map(timeLeft);
  throw new UserError(`new credentials of "${name}" last ${has}, and --min-life asks for ${wanted}`, {
    hints: [`what they could last longer by: aws-as explain ${name}`],
  });
}

/** The identity of the shell that calls. */
export function nameOfShell({ env }: Machine): string {
  const name = actingAs(env);
  if (name !== undefined) return name;
  const isOther = env["AWS_AS_IDENTITY"] !== undefined;
  throw new UserError(
    isOther
      ? "the credentials in this shell are not the ones aws-as set, so its identity is not known"
      : "no identity is named, and this shell acts as nobody",
    { hints: ["name one in front of --; which there are: aws-as list"], exitCode: 2 },
  );
}
