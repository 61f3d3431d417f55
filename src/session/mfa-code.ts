import type { MfaProof } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { AskMfaCode } from "../prompt/prompt.ts";
import type { Clock } from "../system/clock.ts";
import type { Notes } from "../system/files/notes.ts";
import { CallerGone, UserError } from "../system/user-error.ts";
import { fingerprint } from "./item.ts";

const tries = 3;

/** Milliseconds. Within this time an equal code is the same code; later it may be equal by chance. */
const sentCodeMemoryMs = 10 * 60_000;

/** What asking for a code touches. */
export interface CodePorts {
  readonly ask: AskMfaCode;
  readonly clock: Clock;
  readonly notes: Notes;
}

/** Which device's code is needed, for what, and until when (milliseconds of the monotonic clock). */
export interface CodeNeed {
  readonly identity: string;
  readonly profile: string;
  readonly device: string;
  readonly deadline?: number | undefined;
  /** What the person should know with the first question. */
  readonly remark?: string | undefined;
}

/** No person could be asked. Not remembered as a refusal: the next try disturbs no person either. */
export class CannotAsk extends UserError {
  constructor(identity: string, because: string) {
    super(`"${identity}" needs an MFA code, and there is no way to ask for one: ${because}`, {
      hints: [`start a session in a terminal first: aws-as login ${identity}`],
    });
  }
}

/**
 * Gets a code and makes the call with it: up to three times while AWS says that the code is wrong.
 *
 * A code is never sent twice: AWS would refuse it, and the person would wait for the next one in vain. This holds across
 * processes, by a note of the codes that were sent (hashed; a used code is worth nothing).
 */
export async function withCode<T>(
  need: CodeNeed,
  ports: CodePorts,
  call: (mfa: MfaProof) => Promise<T>,
): Promise<T> {
  const { identity, device, deadline } = need;
  let refused: UserError | undefined;
  for (let attempt = 1; attempt <= tries; attempt++) {
    const answer = await ports.ask({
      identity: userOf(device) ?? need.profile,
      device,
      attempt,
      refusal: refused?.message ?? need.remark,
      deadline,
    });
    switch (answer.kind) {
      case "cannot-ask":
        throw refused ?? new CannotAsk(identity, answer.because);
      case "cancelled":
        // That is no refusal: the next one in the queue is asked.
        if (answer.by === "caller") throw new CallerGone();
        throw new UserError(`no MFA code was given for "${identity}"`, { exitCode: 130 });
      case "timed-out":
        throw new UserError(`no MFA code was given for "${identity}" in time`, {
          hints: [`start a session in a terminal first: aws-as login ${identity}`],
        });
      case "code":
    }
    if (await wasSent(ports, device, answer.code)) {
      refused = new UserError(`this MFA code for ${device} was used before`, {
        hints: ["a code works once; wait for the next one"],
      });
      continue;
    }
    await noteSent(ports, device, answer.code);
    try {
      return await call({ serial: device, code: answer.code });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.codeIsUnspent) await noteUnsent(ports, device, answer.code);
      if (error.kind !== "wrong-mfa-code") throw error;
      await noteWrong(ports, device, answer.code);
      refused = await withClock(error, ports, device);
    }
  }
  throw refused ?? new Error("three questions without a result");
}

/** Adds to the third wrong code in a row what may be behind it, whoever gave the two before. */
async function withClock(error: AwsError, ports: CodePorts, device: string): Promise<AwsError> {
  const last = (await sentCodes(ports, device)).slice(-tries);
  if (last.length < tries || last.some(({ wrong }) => wrong !== true)) return error;
  const hint = `three wrong codes in a row: is the time of the phone set automatically, and are they codes of ${device}?`;
  return new AwsError(error.kind, error.message, { hints: [...error.hints, hint], cause: error });
}

/** A virtual device mostly has its user's name, which is how a person finds the code in an app. */
function userOf(device: string): string | undefined {
  return /^arn:[^:]+:iam::\d+:mfa\/(?:.*\/)?([^/]+)$/.exec(device)?.[1];
}

interface SentCode {
  readonly digest: string;
  readonly at: number;
  /** AWS has refused it. */
  readonly wrong?: boolean;
}

async function wasSent(ports: CodePorts, device: string, code: string): Promise<boolean> {
  const digest = digestOf(device, code);
  return (await sentCodes(ports, device)).some((sent) => sent.digest === digest);
}

async function noteSent(ports: CodePorts, device: string, code: string): Promise<void> {
  const sent = [
    ...(await sentCodes(ports, device)),
    { digest: digestOf(device, code), at: ports.clock.now() },
  ];
  await ports.notes.write(noteOf(device), sent);
}

async function noteUnsent(ports: CodePorts, device: string, code: string): Promise<void> {
  const digest = digestOf(device, code);
  const sent = (await sentCodes(ports, device)).filter((each) => each.digest !== digest);
  await ports.notes.write(noteOf(device), sent);
}

async function noteWrong(ports: CodePorts, device: string, code: string): Promise<void> {
  const digest = digestOf(device, code);
  const sent = (await sentCodes(ports, device)).map((each) =>
    each.digest === digest ? { ...each, wrong: true } : each,
  );
  await ports.notes.write(noteOf(device), sent);
}

async function sentCodes(ports: CodePorts, device: string): Promise<SentCode[]> {
  const note = await ports.notes.read(noteOf(device));
  const now = ports.clock.now();
  return (Array.isArray(note) ? (note as (Partial<SentCode> | null)[]) : []).filter(
    (sent): sent is SentCode =>
      typeof sent?.digest === "string" &&
      typeof sent.at === "number" &&
      Math.abs(now - sent.at) < sentCodeMemoryMs,
  );
}

function noteOf(device: string): string {
  return `sent-codes/${fingerprint([device])}`;
}

function digestOf(device: string, code: string): string {
  return fingerprint([device, code]);
}
