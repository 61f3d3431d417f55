import { randomBytes } from "node:crypto";
import type { Acting } from "../credentials/act-as.ts";
import type { Listening, Machine, ServingPlace } from "../machine/machine.ts";
import { timestamp } from "../system/clock.ts";
import type { HttpQuestion } from "../system/listen.ts";
import { UserError } from "../system/user-error.ts";
import { judge, type Verdict } from "./judge.ts";
import { supplyOf } from "./supply.ts";

export interface Serving extends Listening {
  /** What a client must send as `Authorization`; undefined on a socket. */
  readonly token: string | undefined;
}

/** One answer, for a log; nothing of it is secret. */
export interface Answered {
  readonly status: number;
  /** Absent: nobody was asked for by a name that is served. */
  readonly name?: string;
  readonly because?: string;
  /** Absent: the system does not tell, or was not asked. */
  readonly caller?: HttpQuestion["caller"];
}

/**
 * Serves the credentials of identities over HTTP, renewed, until it is closed: the protocol that containers of AWS use, which
 * every SDK speaks, with what a `credential_process` needs beside it.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 *
 * @param first what was got already, by the names that are served
 */
export async function serve(
  first: ReadonlyMap<string, Acting>,
  place: ServingPlace,
  machine: Machine,
  ports: { warn(message: string): void; log(answered: Answered): void },
): Promise<Serving> {
  const supply = supplyOf(first, place.kind === "port" ? "exec" : "serve", machine, ports.warn);
  const token = place.kind === "port" ? randomBytes(32).toString("base64url") : undefined;
  const names = [...first.keys()];
  const listening = await machine.listen(place, async (asked) => {
    const host = place.kind === "port" ? listening.address : undefined;
    const { status, body, answered } = await answerTo(judge(asked, { names, token, host }), supply);
    ports.log({ status, ...answered, caller: asked.caller });
    return { status, body };
  });
  return { ...listening, token };
}

async function answerTo(verdict: Verdict, supply: ReturnType<typeof supplyOf>) {
  if (verdict.kind === "refuse") {
    const { status, because } = verdict;
    return { status, body: message("Refused", because), answered: { because } };
  }
  const { name } = verdict;
  try {
    return { status: 200, body: documentOf(await supply.credentialsOf(name)), answered: { name } };
  } catch (error) {
    const because = error instanceof UserError ? (error.message.split("\n")[0] ?? "") : "a bug of aws-as";
    return { status: 503, body: message("Unavailable", because), answered: { name, because } };
  }
}

/** As the agents of AWS say what is wrong; clients show it. */
function message(code: string, text: string): string {
  return `${JSON.stringify({ code, message: `aws-as: ${text}` })}\n`;
}

/** What containers read (Token), and what `credential_process` does (Version, SessionToken), in one document. */
export function documentOf({ session, plan }: Acting): string {
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  const token = sessionToken.reveal();
  return `${JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey.reveal(),
    SessionToken: token,
    Token: token,
    Expiration: timestamp(session.expiresAt),
    AccountId: plan.accountId,
  })}\n`;
}
