import * as http from "node:http";
import * as https from "node:https";
import { connect as tlsConnect } from "node:tls";
import { proxyRefused } from "./network-errors.ts";
import { proxyAuthorization } from "./proxy.ts";
import type { SendOptions } from "./send.ts";

/** Host names of URLs write IPv6 addresses in brackets, sockets do not. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** The port, written out or the scheme's own. */
export function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

/** An agent whose connections go through `CONNECT`, so that the proxy sees nothing but the target's name. */
export function tunnelAgent(proxy: URL, trust: { ca?: string }): https.Agent {
  const agent = new https.Agent({ keepAlive: true, ...trust });
  const createConnection: unknown = (
    options: SendOptions,
    done: (error: Error | null, socket?: unknown) => void,
  ) => {
    const host = String(options.host);
    const authority = `${host.includes(":") ? `[${host}]` : host}:${options.port}`;
    const authorization = proxyAuthorization(proxy);
    const request = (proxy.protocol === "https:" ? https : http).request({
      agent: false,
      ...(options.giveUp === undefined ? {} : { signal: options.giveUp }),
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
