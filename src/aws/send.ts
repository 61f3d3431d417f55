import * as http from "node:http";
import * as https from "node:https";
import { TLSSocket } from "node:tls";

/** Milliseconds that each part of one try may take. */
export interface Limits {
  /** Until there is a connection, TLS and proxy included. */
  readonly connect: number;
  /** Until the answer is complete, counted from the start. */
  readonly answer: number;
}

/** An answer in the SDK's shape, its body complete. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Request options as an agent gets them. */
export interface SendOptions extends https.RequestOptions {
  /** Ends a connection that an agent is still making. Node keeps its own `signal` from agents. */
  readonly giveUp?: AbortSignal;
}

const largestAnswer = 1024 * 1024;

/**
 * Sends one request and reads its whole answer. Calls `onSent` as soon as bytes of it can have left. Rejects with
 * Node's error, the signal's reason, or an error whose code is AWS_AS_CONNECT or AWS_AS_ANSWER when time is up.
 */
export function send(
  options: https.RequestOptions,
  body: unknown,
  limits: Limits,
  signal: AbortSignal | undefined,
  onSent: () => void,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const sending: SendOptions = { ...options, signal: over.signal, giveUp: over.signal };
    const request = (options.protocol === "https:" ? https : http).request(sending);
    const fail = (error: unknown) => {
      finish();
      reject(error);
      over.abort();
    };
    const onAbort = () => fail(signal?.reason);
    const connecting = setTimeout(() => fail(timeout("connect")), limits.connect);
    const answering = setTimeout(() => fail(timeout("answer")), limits.answer);
    const finish = () => {
      clearTimeout(connecting);
      clearTimeout(answering);
      signal?.removeEventListener("abort", onAbort);
    };
    // First, and for good: an error without a listener ends the process, also one after fail().
    request.on("error", fail);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });

    const connected = () => {
      clearTimeout(connecting);
      onSent();
    };
    request.on("socket", (socket) => {
      // Bytes leave when the socket is connected, and with TLS when the handshake is over; not before. A proxy's
      // agent hands over sockets that are connected, but not yet through the handshake.
      const isSecure = socket instanceof TLSSocket;
      if (request.reusedSocket || (!isSecure && !socket.connecting)) connected();
      else socket.once(isSecure ? "secureConnect" : "connect", connected);
    });
    request.on("response", (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("error", fail);
      response.on("data", (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size > largestAnswer)
          fail(Object.assign(new Error("the answer is too large"), { code: "HPE_SIZE" }));
      });
      response.on("end", () => {
        finish();
        resolve({
          statusCode: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(parts),
        });
      });
    });
    request.end(typeof body === "string" || body instanceof Uint8Array ? body : undefined);
  });
}

function timeout(part: "connect" | "answer"): Error {
  return Object.assign(new Error(`no ${part} in time`), {
    code: part === "connect" ? "AWS_AS_CONNECT" : "AWS_AS_ANSWER",
  });
}
