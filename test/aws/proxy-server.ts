import * as http from "node:http";
import * as https from "node:https";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import { listen } from "./server.ts";

export interface TestProxy {
  /** HOST:PORT */
  readonly host: string;
  /** `CONNECT host:port`, or the method and the absolute URL. */
  readonly requests: string[];
  /** How many tunnels were asked for is in requests; this is what was sent as Proxy-Authorization. */
  readonly authorizations: (string | undefined)[];
}

/**
 * A proxy on 127.0.0.1 that tunnels, whatever the host's name, to 127.0.0.1, and forwards. With `user`, only for
 * `USER:PASSWORD`; with `status`, never. With `tls`, it is spoken to in TLS. With `port`, all tunnels lead there.
 */
export async function serveProxy(
  t: TestContext,
  rules: { user?: string; status?: number; tls?: https.ServerOptions; port?: number } = {},
): Promise<TestProxy> {
  const requests: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const expected = rules.user === undefined ? undefined : `Basic ${btoa(rules.user)}`;
  const refusalOf = (request: http.IncomingMessage): number | undefined => {
    requests.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    if (expected !== undefined && request.headers["proxy-authorization"] !== expected) return 407;
    return rules.status;
  };
  const onRequest: http.RequestListener = (request, response) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return void response.writeHead(refusal).end("<html>no</html>");
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = http.request(request.url ?? "", { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  };
  const server = rules.tls ? https.createServer(rules.tls, onRequest) : http.createServer(onRequest);
  server.on("connect", (request, socket) => {
    socket.on("error", () => {});
    const refusal = refusalOf(request);
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const [, port] = (request.url ?? "").split(":");
    const onward = connect(rules.port ?? Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  return { host: `127.0.0.1:${await listen(t, server)}`, requests, authorizations };
}
