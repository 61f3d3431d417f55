import { subscribe, unsubscribe } from "node:diagnostics_channel";
import http, { type ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { whileEnvironmentIs } from "../system/children/borrowed-environment.ts";
import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import { Secret } from "../system/secret.ts";
import type { SessionCredentials } from "./aws.ts";
import { AwsError } from "./aws-error.ts";
import { withRetries } from "./retry.ts";
import type { Limits } from "./send.ts";

/** How a provider is asked. */
export interface Fence {
  /** All that the provider finds when it looks into the environment. */
  readonly environment: Environment;
  /** Milliseconds for each request. */
  readonly limits: Limits;
  readonly tries: number;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly deadline?: number | undefined;
}

/** One request of a provider, as Node saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The answer's, where there was one. */
  status?: number;
  /** Node's, for what happened to the connection. */
  code?: string;
  /** It was given up when its time was over. */
  timedOut: boolean;
}

/** What can be told of a failure: what the requests came to, and what the other side said, if it said it in JSON. */
export interface FencedFailure {
  readonly requests: readonly SeenRequest[];
  /** Not yet fit to be shown. */
  readonly said: string;
}

/** What the SDK's providers for machines give. */
interface Provided {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  /** The true end, where the provider has put it off. */
  readonly originalExpiration?: Date;
}

/** Milliseconds before the second try; doubled before each further one. */
const firstRetryDelayMs = 100;

/**
 * Asks one of the SDK's providers that take credentials from the machine we run on. They look into the environment and
 * ~/.aws/config whatever they are told, wait for an answer for ever (fromHttp only warns), write warnings on standard
 * error, put off an end that has come (fromInstanceMetadata), and quote what they cannot read, secrets included, in
 * their errors. So they get an environment of their own, each of their requests an end, and their errors are let go.
 *
 * @throws what `inWords` makes of the last failure
 */
export async function askFenced(
  { environment, limits, tries, clock, deadline }: Fence,
  provider: () => Promise<Provided>,
  inWords: (failure: FencedFailure) => AwsError,
): Promise<SessionCredentials> {
  return await withRetries(
    async () => {
      const left = (deadline ?? Number.POSITIVE_INFINITY) - clock.now();
      const most = { connect: Math.min(limits.connect, left), answer: Math.min(limits.answer, left) };
      const requests: SeenRequest[] = [];
      try {
        const given = await watched(most, requests, () => whileEnvironmentIs(environment, provider));
        return sessionOf(given);
      } catch (error) {
        const { Message } = error as { Message?: unknown };
        throw inWords({ requests, said: typeof Message === "string" ? Message : "" });
      }
    },
    (count, error) => (count < tries && canPass(error) ? firstRetryDelayMs * 2 ** (count - 1) : undefined),
    { clock, deadline },
  );
}

function canPass(error: unknown): boolean {
  return error instanceof AwsError && ["network", "timeout", "unavailable"].includes(error.kind);
}

/** Throws for what AWS cannot have given; it goes into headers, documents and shell code. */
function sessionOf(given: Provided): SessionCredentials {
  const { accessKeyId, secretAccessKey, sessionToken = "", expiration, originalExpiration } = given;
  const expiresAt = (originalExpiration ?? expiration)?.getTime() ?? Number.NaN;
  const words = [accessKeyId, secretAccessKey, sessionToken];
  if (Number.isNaN(expiresAt) || !words.every((word) => /^[\x21-\x7e]+$/.test(word))) {
    throw new Error("not credentials");
  }
  return {
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    expiresAt,
  };
}

/**
 * Node tells of each request that starts, whoever makes it, and nobody else makes one meanwhile. None of them goes by
 * Node's shared agent, which uses HTTP_PROXY under NODE_USE_ENV_PROXY: what a machine says to itself, and the token with
 * it, is no proxy's business.
 */
async function watched<T>(limits: Limits, requests: SeenRequest[], work: () => Promise<T>): Promise<T> {
  const ends: (() => void)[] = [];
  const onRequest = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    const seen: SeenRequest = { method: request.method, path: request.path, timedOut: false };
    requests.push(seen);
    const giveUp = () => {
      seen.timedOut = true;
      request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    };
    const connecting = setTimeout(giveUp, limits.connect);
    const answering = setTimeout(giveUp, limits.answer);
    ends.push(() => {
      clearTimeout(connecting);
      clearTimeout(answering);
    });
    const onSocket = (socket: Socket) => {
      if (socket.connecting) socket.once("connect", () => clearTimeout(connecting));
      else clearTimeout(connecting);
    };
    // Node tells when the request has been written, which may be after it was given its socket.
    if (request.socket === null) request.once("socket", onSocket);
    else onSocket(request.socket);
    request.once("timeout", () => {
      seen.timedOut = true;
    });
    request.once("response", ({ statusCode }) => {
      if (statusCode !== undefined) seen.status = statusCode;
    });
    request.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (code !== undefined) seen.code = code;
    });
  };
  const channel = "http.client.request.start";
  const shared = http.globalAgent;
  const direct = new http.Agent();
  subscribe(channel, onRequest);
  http.globalAgent = direct;
  try {
    return await work();
  } finally {
    http.globalAgent = shared;
    unsubscribe(channel, onRequest);
    for (const end of ends) end();
    direct.destroy();
  }
}
