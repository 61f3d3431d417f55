import { randomBytes } from "node:crypto";
import type { Acting } from "../credentials/act-as.ts";
import type { HandedOut } from "../credentials/hand-out-log.ts";
import type { Listening, Machine, ServingPlace } from "../machine/machine.ts";
import { timestamp } from "../system/clock.ts";
import type { HttpReply } from "../system/listen.ts";
import { UserError } from "../system/user-error.ts";
import { judge, type Verdict } from "./judge.ts";
import { supplyOf } from "./supply.ts";

export interface Serving extends Listening {
  /** What a client must send as `Authorization`; undefined on a socket. */
  readonly token: string | undefined;
}

/** One answer, for a log. */
export type Answered = Omit<HandedOut, "way"> & { readonly status: number };

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
  ports: { warn(message: string): void; log(answered: Answered): Promise<void> },
): Promise<Serving> {
  const supply = supplyOf(first, place.kind === "port" ? "exec" : "serve", machine, ports.warn);
  const token = place.kind === "port" ? randomBytes(32).toString("base64url") : undefined;
  const names = [...first.keys()];
  const listening = await machine.listen(place, async (asked) => {
    const host = place.kind === "port" ? listening.address : undefined;
    const began = machine.clock.now();
    const verdict = judge(asked, { names, token, host });
    const { body, ...answered } = await answerTo(verdict, supply, began, async ({ identity, config }) => {
      if (asked.caller === undefined || identity.guard?.agents === undefined) return;
      const { checkProcess } = await import("../credentials/may-hand-out.ts");
      await checkProcess(identity, asked.caller.pid, { config, machine });
    });
    try {
      await ports.log({ ...answered, by: asked.caller });
      return { status: answered.status, body };
    } catch (error) {
      // What cannot be logged is not handed out.
      return unavailable(error);
    }
  });
  return { ...listening, token };
}

async function answerTo(
  verdict: Verdict,
  supply: ReturnType<typeof supplyOf>,
  began: number,
  check: (acting: Acting) => Promise<void>,
): Promise<HttpReply & Answered> {
  if (verdict.kind === "refuse") {
    const { status, because } = verdict;
    const body = message("Refused", because);
    return { status, body, identity: undefined, outcome: "refused", because };
  }
  const identity = verdict.name;
  try {
    const acting = await supply.credentialsOf(identity);
    await check(acting);
    const outcome = acting.session.obtainedAt >= began ? "new" : "cached";
    return { status: 200, body: documentOf(acting), identity, outcome, session: acting.session };
  } catch (error) {
    return { ...unavailable(error), identity, outcome: "refused" };
  }
}

function unavailable(error: unknown) {
  const because = error instanceof UserError ? (error.message.split("\n")[0] ?? "") : "a bug of aws-as";
  return { status: 503, body: message("Unavailable", because), because };
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
