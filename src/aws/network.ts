import * as http from "node:http";
import * as https from "node:https";
import { connect as tlsConnect } from "node:tls";
import type { Environment } from "../system/environment.ts";
import type { AwsError } from "./aws-error.ts";
import { canPass, type Place, proxyRefused, transportError } from "./network-errors.ts";
import { proxyAuthorization, proxyFor } from "./proxy.ts";
import { certificatesIn } from "./trust.ts";

/** Milliseconds that each part of one try may take. */
export interface Limits {
  /** Until there is a connection, TLS and proxy included. */
  readonly connect: number;
  /** Until the answer is complete, counted from the start. */
  readonly answer: number;
}

/** The parts of the SDK's request that are sent. */
export interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer in the SDK's shape, its body complete. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/**
 * One try: a request handler for one client of the SDK, which also keeps what the SDK's errors do not tell, above
 * all whether the request can have arrived.
 */
export interface Exchange {
  handle(request: HttpRequest): Promise<{ response: HttpAnswer }>;
  /** Where the request went, once there was one. */
  place?: Place;
  /** False as long as no byte of the request can have left: then it is safe to send an MFA code again. */
  sent: boolean;
  answer?: HttpAnswer;
  /** True where the same request cannot fare better a moment later: a proxy's refusal, a wrong setting. */
  isFinal?: boolean;
  /** Why there is no answer. */
  failure?: AwsError;
}

/** The way to AWS: agents whose connections are used again for the next call. */
export interface Network {
  exchange(limits: Limits, signal?: AbortSignal): Exchange;
}

const largestAnswer = 1024 * 1024;

/** Opens nothing yet. Fails with an AwsError of kind `tls` when the CA bundle cannot be used. */
export function openNetwork(env: Environment, caBundle?: string): Network {
  const trust = caBundle === undefined ? {} : { ca: certificatesIn(caBundle) };
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true, ...trust });

  const tunnels = new Map<string, https.Agent>();
  function tunnelThrough(proxy: URL): https.Agent {
    const tunnel = tunnels.get(proxy.href) ?? tunnelAgent(proxy, trust);
    tunnels.set(proxy.href, tunnel);
    return tunnel;
  }

  /** Request options for a target: directly, through a tunnel, or by handing the proxy the whole URL. */
  function routeTo(request: HttpRequest, target: URL, proxy: URL | undefined): https.RequestOptions {
    const common = { method: request.method, headers: { ...request.headers } as Record<string, string> };
    if (proxy === undefined || target.protocol === "https:") {
      const agent = target.protocol === "http:" ? plain : proxy ? tunnelThrough(proxy) : secure;
      return { ...common, agent, host: bare(target.hostname), port: portOf(target), path: request.path };
    }
    const authorization = proxyAuthorization(proxy);
    if (authorization !== undefined) common.headers["proxy-authorization"] = authorization;
    const agent = proxy.protocol === "https:" ? secure : plain;
    return { ...common, agent, host: bare(proxy.hostname), port: portOf(proxy), path: target.href };
  }

  return {
    exchange: (limits, signal) => {
      const exchange: Exchange = {
        sent: false,
        async handle(request) {
          const target = urlOf(request);
          exchange.place = { host: target.host, limits };
          let proxy: URL | undefined;
          try {
            proxy = proxyFor(target, env);
            if (proxy !== undefined) {
              const proxyUser = proxyAuthorization(proxy) !== undefined;
              exchange.place = { ...exchange.place, proxy: proxy.host, proxyUser };
            }
            const options = routeTo(request, target, proxy);
            const secured = (proxy !== undefined && target.protocol === "http:" ? proxy : target).protocol;
            exchange.answer = await send(
              exchange,
              options,
              secured === "https:",
              request.body,
              limits,
              signal,
            );
          } catch (error) {
            const isForwarded = proxy !== undefined && target.protocol === "http:";
            const where = { sent: exchange.sent, atProxy: isForwarded && !exchange.sent, signal };
            exchange.failure = transportError(error, exchange.place, where);
            exchange.isFinal = !canPass(error);
            // The SDK writes on whatever error it sees; it gets one that nobody reads.
            throw new Error("no answer");
          }
          exchange.isFinal = exchange.answer.statusCode === 407;
          // A copy: the SDK changes what it reads.
          return { response: { ...exchange.answer, headers: { ...exchange.answer.headers } } };
        },
      };
      return exchange;
    },
  };
}

function urlOf(request: HttpRequest): URL {
  const port = request.port === undefined ? "" : `:${request.port}`;
  return new URL(`${request.protocol}//${request.hostname}${port}${request.path}`);
}

/** Host names of URLs write IPv6 addresses in brackets, sockets do not. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

function send(
  exchange: Exchange,
  options: https.RequestOptions,
  isSecure: boolean,
  body: unknown,
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    // Ends a tunnel that is still being dug, too: it is not the request's own socket yet.
    const over = new AbortController();
    const request = (isSecure ? https : http).request({ ...options, signal: over.signal });
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
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });

    const connected = () => {
      clearTimeout(connecting);
      exchange.sent = true;
    };
    request.on("socket", (socket) => {
      // Bytes leave when the socket is connected, and with TLS when the handshake is over; not before.
      if (request.reusedSocket) connected();
      else socket.once(isSecure ? "secureConnect" : "connect", connected);
    });
    // A listener stays to the end: an error after fail() must not end the process.
    request.on("error", fail);
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

/** An agent whose connections go through `CONNECT`, so that the proxy sees nothing but the target's name. */
function tunnelAgent(proxy: URL, trust: { ca?: string }): https.Agent {
  const agent = new https.Agent({ keepAlive: true, ...trust });
  const createConnection: unknown = (
    options: https.RequestOptions,
    done: (error: Error | null, socket?: unknown) => void,
  ) => {
    const host = String(options.host);
    const authority = `${host.includes(":") ? `[${host}]` : host}:${options.port}`;
    const authorization = proxyAuthorization(proxy);
    const request = (proxy.protocol === "https:" ? https : http).request({
      agent: false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...trust,
      method: "CONNECT",
      host: bare(proxy.hostname),
      port: portOf(proxy),
      path: authority,
      headers: { host: authority, ...(authorization ? { "proxy-authorization": authorization } : {}) },
    });
    request.once("connect", (response, socket, head) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        done(
          null,
          tlsConnect({ ...options, path: undefined, host, socket, ALPNProtocols: ["http/1.1"] } as object),
        );
      } else {
        socket.destroy();
        done(proxyRefused(response.statusCode ?? 0));
      }
    });
    request.once("error", (error) => done(Object.assign(error, { atProxy: true })));
    request.end();
  };
  return Object.assign(agent, { createConnection });
}
