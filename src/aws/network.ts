import * as http from "node:http";
import * as https from "node:https";
import type { Environment } from "../system/environment.ts";
import type { AwsError } from "./aws-error.ts";
import { canPass, type RequestTarget, transportError } from "./network-errors.ts";
import { type HttpAnswer, type Limits, send } from "./send.ts";
import { certificatesIn } from "./trust.ts";

/** The parts of the SDK's request that are sent. */
export interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * One try: a request handler for one client of the SDK, which also keeps what the SDK's errors do not tell, above
 * all whether the request can have arrived.
 */
export interface Exchange {
  handle(request: HttpRequest): Promise<{ response: HttpAnswer }>;
  /** Where the request went, once there was one. */
  place?: RequestTarget;
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

/** Opens nothing yet. Fails with an AwsError of kind `tls` when the CA bundle cannot be used. */
export function openNetwork(env: Environment, caBundle?: string): Network {
  const trust = caBundle === undefined ? {} : { ca: certificatesIn(caBundle) };
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true });
  const namesProxy = Object.entries(env).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value);

  const proxyAgents = new Map<string, http.Agent>();
  /** Loaded only here: hardly anybody has a proxy. */
  async function routeThrough(proxy: URL, target: URL): Promise<http.Agent> {
    const { proxyAgent } = await import("./proxy.ts");
    const route = `${target.protocol} ${proxy.href}`;
    const agent = proxyAgents.get(route) ?? proxyAgent(proxy, target.protocol, trust);
    proxyAgents.set(route, agent);
    return agent;
  }

  return {
    exchange: (limits, signal) => {
      const exchange: Exchange = {
        sent: false,
        async handle(request) {
          const target = urlOf(request);
          const host = bare(target.hostname);
          exchange.place = { host: target.host, limits };
          let proxy: URL | undefined;
          try {
            if (namesProxy) proxy = (await import("./proxy.ts")).proxyFor(target, env);
            if (proxy !== undefined) {
              const proxyUser = proxy.username !== "" || proxy.password !== "";
              exchange.place = { ...exchange.place, proxy: proxy.host, proxyUser };
            }
            const direct = target.protocol === "https:" ? secure : plain;
            const options = {
              ...trust,
              agent: proxy === undefined ? direct : await routeThrough(proxy, target),
              protocol: target.protocol,
              method: request.method,
              headers: { ...request.headers },
              host,
              port: portOf(target),
              path: pathOf(request),
            };
            exchange.answer = await send(options, request.body, limits, signal, () => {
              exchange.sent = true;
            });
          } catch (error) {
            const isForwarded = proxy !== undefined && target.protocol === "http:";
            const where = { sent: exchange.sent, atProxy: isForwarded && !exchange.sent, signal };
            exchange.failure = transportError(error, exchange.place, where);
            exchange.isFinal = !canPass(error);
            // The SDK changes every error that it sees; it gets one that is not used.
            throw new Error("no answer");
          }
          exchange.isFinal = exchange.answer.statusCode === 407;
          // A copy: the SDK changes what it reads.
          return { response: { ...exchange.answer } };
        },
      };
      return exchange;
    },
  };
}

/** Host names of URLs write IPv6 addresses in brackets, sockets do not. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** The port, written out or the scheme's own. */
function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

function urlOf(request: HttpRequest): URL {
  const port = request.port === undefined ? "" : `:${request.port}`;
  return new URL(`${request.protocol}//${request.hostname}${port}${request.path}`);
}

/** The path with the query behind it, which the SDK keeps apart. */
function pathOf({ path, query = {} }: HttpRequest): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each) => (each === null ? escaped(name) : `${escaped(name)}=${escaped(each)}`)),
  );
  return parts.length === 0 ? path : `${path}?${parts.join("&")}`;
}

/** As RFC 3986 wants it: encodeURIComponent leaves five characters that have a meaning there. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
