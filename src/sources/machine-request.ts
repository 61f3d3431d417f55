import { urlToHttpOptions } from "node:url";
import type { SessionCredentials } from "../aws/aws.ts";
import { AwsError } from "../aws/aws-error.ts";
import { withRetries } from "../aws/retry.ts";
import { type Limits, send } from "../aws/send.ts";
import type { Clock } from "../system/clock.ts";
import { isWord } from "../system/printable.ts";
import { Secret } from "../system/secret.ts";

/** What a request to a service of this machine came to. Without `status` there was no complete answer. */
export interface MachineReply {
  readonly status?: number;
  /** May hold secrets. */
  readonly body: string;
  /** Node's error code, where there was no answer. */
  readonly code: string;
  readonly timedOut: boolean;
}

export interface MachineRequestOptions {
  /** Milliseconds for each request. */
  readonly limits: Limits;
  readonly tries: number;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly deadline?: number | undefined;
}

export type SendToMachine = (
  url: URL,
  headers?: Readonly<Record<string, string>>,
  method?: "GET" | "PUT",
) => Promise<MachineReply>;

/** Milliseconds before the second try; doubled before each further one. */
const firstRetryDelayMs = 100;

/**
 * Runs `attempt` up to `tries` times, as long as it fails with an AwsError that may pass by itself. Its requests go
 * straight to the service: an agent of their own, since Node's shared one uses HTTP_PROXY under NODE_USE_ENV_PROXY,
 * and a proxy must not see the token.
 */
export async function requestFromMachine<T>(
  { limits, tries, clock, deadline }: MachineRequestOptions,
  attempt: (send: SendToMachine) => Promise<T>,
): Promise<T> {
  const sendOnce: SendToMachine = async (url, headers = {}, method = "GET") => {
    const left = (deadline ?? Number.POSITIVE_INFINITY) - clock.monotonic();
    const most = { connect: Math.min(limits.connect, left), answer: Math.min(limits.answer, left) };
    const options = { ...urlToHttpOptions(url), agent: false, method, headers };
    try {
      const { statusCode, body } = await send(options, undefined, most, undefined, () => undefined);
      return { status: statusCode, body: Buffer.from(body).toString("utf8"), code: "", timedOut: false };
    } catch (error) {
      const { code = "no connection" } = error as NodeJS.ErrnoException;
      return { body: "", code, timedOut: ["AWS_AS_CONNECT", "AWS_AS_ANSWER", "ETIMEDOUT"].includes(code) };
    }
  };
  return await withRetries(
    () => attempt(sendOnce),
    (count, error) => (count < tries && mayPass(error) ? firstRetryDelayMs * 2 ** (count - 1) : undefined),
    { clock, deadline },
  );
}

function mayPass(error: unknown): boolean {
  return error instanceof AwsError && ["network", "timeout", "unavailable"].includes(error.kind);
}

/** The credentials in a reply; undefined where a part is missing or is nothing that AWS can have given. */
export function credentialsIn({ status, body }: MachineReply): SessionCredentials | undefined {
  if (status !== 200) return undefined;
  let document: Readonly<Record<string, unknown>>;
  try {
    document = Object(JSON.parse(body));
  } catch {
    // The parser's error quotes the document.
    return undefined;
  }
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = document;
  const expiresAt = typeof Expiration === "string" ? Date.parse(Expiration) : Number.NaN;
  if (!isWord(AccessKeyId) || !isWord(SecretAccessKey) || !isWord(Token) || Number.isNaN(expiresAt)) {
    return undefined;
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(Token),
    expiresAt,
  };
}
