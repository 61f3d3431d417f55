import * as http from "node:http";
import * as https from "node:https";
import type { Environment } from "../system/environment.ts";
import type { AwsError } from "./aws-error.ts";
import { canPass, type Place, transportError } from "./network-errors.ts";
import { proxyAuthorization, proxyFor } from "./proxy.ts";
import { type HttpAnswer, type Limits, send } from "./send.ts";
import { certificatesIn } from "./trust.ts";
import { bare, portOf, tunnelAgent } from "./tunnel.ts";

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
            exchange.answer = await send(options, secured === "https:", request.body, limits, signal, () => {
              exchange.sent = true;
            });
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
          return { response: { ...exchange.answer } };
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
