import type { OnAbandoned } from "../system/children/abandoned.ts";
import { type ChildResult, failureOf } from "../system/children/run-child.ts";
import type { RunCommand } from "../system/children/run-command.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import { mfaProcessTimeoutMs } from "../system/limits.ts";
import { printable } from "../system/printable.ts";
import { UserError } from "../system/user-error.ts";
import { printedCode } from "./mfa-code.ts";
import { type CodeAnswer, type CodeQuestion, cancelledBy } from "./prompt.ts";

export interface MfaProcessPorts {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly run: RunCommand;
  readonly onAbandoned: OnAbandoned;
}

/** Milliseconds for which one code lives (RFC 6238, and every device that AWS takes). */
const codeStep = 30_000;

/**
 * Gets a code from the command `mfa_process`, which finds the device's serial in `AWS_AS_MFA_SERIAL`.
 *
 * A command that prints a code which was sent before is run again when the next code is due, once: AWS
 * takes no code twice. Throws a UserError when the command fails or prints no code.
 */
export async function runMfaProcess(
  ports: MfaProcessPorts,
  command: string,
  question: CodeQuestion,
  spent: ReadonlySet<string>,
): Promise<CodeAnswer> {
  const { clock } = ports;
  const abandoned = new AbortController();
  const offAbandoned = ports.onAbandoned(clock, (by) => abandoned.abort(cancelledBy(by)));
  try {
    const answer = await codeFrom(ports, command, question, spent, abandoned.signal);
    return abandoned.signal.aborted ? abandoned.signal.reason : answer;
  } catch (error) {
    if (abandoned.signal.aborted) return abandoned.signal.reason;
    throw error;
  } finally {
    offAbandoned();
  }
}

async function codeFrom(
  ports: MfaProcessPorts,
  command: string,
  question: CodeQuestion,
  spent: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<CodeAnswer> {
  const { clock } = ports;
  const deadline = question.deadline ?? Number.POSITIVE_INFINITY;
  for (let runs = 1; ; runs += 1) {
    const timeLimit = Math.min(mfaProcessTimeoutMs, deadline - clock.monotonic());
    if (timeLimit <= 0) return { kind: "timed-out" };
    const result = await ports.run(command, {
      environment: ports.environment,
      extra: { AWS_AS_MFA_SERIAL: question.device },
      timeLimit,
      signal,
    });
    if (result.kind === "cancelled") return { kind: "cancelled" };
    if (result.kind === "timed-out" && clock.monotonic() >= deadline) return { kind: "timed-out" };
    const code = codeOf(command, result);
    if (!spent.has(code)) return { kind: "code", code, from: "process" };
    if (runs === 2) throw failure(command, "prints the code that was used before");
    const nextStep = codeStep - (clock.now() % codeStep) + 500;
    if (clock.monotonic() + nextStep >= deadline) return { kind: "timed-out" };
    await clock.sleep(nextStep, signal);
  }
}

function codeOf(command: string, result: ChildResult): string {
  const complaint = "complaint" in result ? result.complaint : "";
  const what = failureOf(result, mfaProcessTimeoutMs, "a code");
  if (what !== undefined || result.kind !== "exited") throw failure(command, `${what}`, complaint);
  const code = printedCode(result.output);
  if (code === undefined) throw failure(command, "printed no six digit code", complaint);
  if (code === "several") throw failure(command, "printed more than one code");
  return code;
}

/** Names the program alone: its arguments may hold secrets. */
function failure(command: string, what: string, complaint = ""): UserError {
  const program = command.trim().split(/\s/, 1)[0] ?? "";
  const last = complaint.trim().split("\n").at(-1) ?? "";
  const reason = last === "" || last.length > 200 ? "" : `: ${printable(last)}`;
  return new UserError(`mfa_process "${printable(program)}" ${what}${reason}`);
}
