import type { MfaProof } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { AskMfaCode } from "../prompt/prompt.ts";
import type { Clock } from "../system/clock.ts";
import type { Notes } from "../system/files/notes.ts";
import { UserError } from "../system/user-error.ts";
import { fingerprint } from "./item.ts";

const tries = 3;

/** Milliseconds. A code repeats within this time only if it is the very same one; later it may by chance. */
const codeMemory = 10 * 60_000;

/** What asking needs. */
export interface CodePorts {
  readonly ask: AskMfaCode;
  readonly clock: Clock;
  readonly notes: Notes;
}

/** Who asks for which device's code, and until when anybody waits for it (milliseconds since 1970). */
export interface CodeNeed {
  readonly identity: string;
  readonly profile: string;
  readonly device: string;
  readonly deadline?: number;
}

/** Nobody was asked, since nobody could be. Worth no memory: the next try costs nobody anything. */
export class CannotAsk extends UserError {
  constructor(identity: string, because: string) {
    super(`"${identity}" needs an MFA code, and there is no way to ask for one: ${because}`, {
      hints: [`start a session in a terminal first: aws-as login ${identity}`],
    });
  }
}

/** The caller went away over the question. Nobody said no, so whoever waits behind us is asked. */
export class NobodyWaits extends UserError {
  constructor(identity: string) {
    super(`nobody waits for a session of "${identity}" any more`, { exitCode: 130 });
  }
}

/**
 * Gets a code and makes the call with it: up to three times while AWS says that the code is wrong.
 *
 * A code is never sent twice: AWS would refuse it, and every refusal costs the person a wait for the next one.
 * That holds across processes, by a note of the codes that were sent (hashed; a used code is worth nothing).
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
      ...(refused === undefined ? {} : { refusal: refused.message }),
      ...(deadline === undefined ? {} : { deadline }),
    });
    switch (answer.kind) {
      case "cannot-ask":
        throw refused ?? new CannotAsk(identity, answer.because);
      case "cancelled":
        if (answer.by === "caller") throw new NobodyWaits(identity);
        throw new UserError(`no MFA code was given for "${identity}"`, { exitCode: 130 });
      case "timed-out":
        throw new UserError(`nobody gave an MFA code for "${identity}" in time`, {
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
      refused = error;
    }
  }
  throw refused ?? new Error("three questions without an outcome");
}

/** A virtual device mostly bears its user's name: the name that a person knows the code by. */
function userOf(device: string): string | undefined {
  return /^arn:[^:]+:iam::\d+:mfa\/(?:.*\/)?([^/]+)$/.exec(device)?.[1];
}

interface SentCode {
  readonly digest: string;
  readonly at: number;
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

async function sentCodes(ports: CodePorts, device: string): Promise<SentCode[]> {
  const note = await ports.notes.read(noteOf(device));
  const now = ports.clock.now();
  return (Array.isArray(note) ? (note as Partial<SentCode>[]) : []).filter(
    (sent): sent is SentCode =>
      typeof sent.digest === "string" && typeof sent.at === "number" && Math.abs(now - sent.at) < codeMemory,
  );
}

function noteOf(device: string): string {
  return `sent-codes/${fingerprint([device])}`;
}

function digestOf(device: string, code: string): string {
  return fingerprint([device, code]);
}
