import { type Acting, actAs } from "../../credentials/act-as.ts";
import { actingAs } from "../../credentials/acting.ts";
import type { Machine } from "../../machine/machine.ts";
import { timeLeft } from "../../system/clock.ts";
import { UserError } from "../../system/user-error.ts";
import { withChanges } from "../../variables/apply.ts";
import { changesTo, changesToNothing, targetOf } from "../../variables/changes.ts";
import { placeOf } from "../../variables/memory.ts";

export interface ExecRequest {
  /** Absent: the identity of the shell that calls. */
  readonly name?: string | undefined;
  /** The command and its arguments. */
  readonly run: readonly string[];
  /** Milliseconds that the credentials must last. */
  readonly minLifeMs?: number | undefined;
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
  const changes =
    request.name === "-"
      ? changesToNothing(place)
      : changesTo(targetOf(await actingFor(request, machine, warn)), place);
  return machine.runInPlace({ words: [program, ...rest], environment: withChanges(env, changes) });
}

async function actingFor(
  { name: named, minLifeMs = 0, code }: ExecRequest,
  machine: Machine,
  warn: (message: string) => void,
): Promise<Acting> {
  const name = named ?? nameOfShell(machine);
  const lasts = ({ session }: Acting) => session.expiresAt - machine.clock.now();
  const request = { name, unattended: false };
  const first = await actAs({ ...request, code }, machine, warn);
  if (lasts(first) >= minLifeMs) return first;
  const renewed = await actAs({ ...request, renew: true }, machine, warn);
  if (lasts(renewed) >= minLifeMs) return renewed;
  const [has, wanted] = [lasts(renewed), minLifeMs].map(timeLeft);
  throw new UserError(`new credentials of "${name}" last ${has}, and --min-life asks for ${wanted}`, {
    hints: [`what they could last longer by: aws-as explain ${name}`],
  });
}

function nameOfShell({ env }: Machine): string {
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
