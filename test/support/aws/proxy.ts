import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface FakeProxyOptions {
  /** Asks for basic authentication, and refuses everybody else with 407. */
  readonly user?: string;
  readonly password?: string;
}

/** One thing that passed, or was refused. */
interface ProxiedRequest {
  /** `CONNECT` for a tunnel (https), else the method of a plain request. */
  readonly method: string;
  /** `host:port` */
  readonly target: string;
  readonly refused: boolean;
}

export interface FakeProxy {
  /** `http://127.0.0.1:PORT`, with user and password where they are asked for: what belongs into `HTTPS_PROXY`. */
  readonly url: string;
  readonly passed: ProxiedRequest[];
  close(): Promise<void>;
}

/** A forward proxy on 127.0.0.1: tunnels by CONNECT, plain HTTP by absolute addresses. */
export async function startFakeProxy(options: FakeProxyOptions = {}): Promise<FakeProxy> {
  const passed: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  const login = options.user === undefined ? undefined : `${options.user}:${options.password ?? ""}`;
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  const isRefused = (request: IncomingMessage) =>
    wanted !== undefined && request.headers["proxy-authorization"] !== wanted;

  const server = createServer((request, response) => {
    const target = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : undefined;
    const refused = isRefused(request);
    passed.push({ method: request.method ?? "", target: target?.host ?? "", refused });
    if (refused) return response.writeHead(407, { "proxy-authenticate": 'Basic realm="fake"' }).end();
    if (target?.protocol !== "http:") return response.writeHead(400).end("not an absolute http address");
    return forward(request, response, target);
  });
  server.on("connect", (request: IncomingMessage, client: Socket, head: Buffer) => {
    const target = request.url ?? "";
    const refused = isRefused(request);
    passed.push({ method: "CONNECT", target, refused });
    if (refused) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="fake"\r\n\r\n',
      );
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const upstream = track(connect(Number(port || 80), hostname));
    upstream.on("connect", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });

  function track(socket: Socket): Socket {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    return socket;
  }
  server.on("connection", track);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const userinfo =
    login === undefined
      ? ""
      : `${encodeURIComponent(options.user ?? "")}:${encodeURIComponent(options.password ?? "")}@`;
  return {
    url: `http://${userinfo}127.0.0.1:${port}`,
    passed,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The same request without what was meant for the proxy. */
function forward(request: IncomingMessage, response: ServerResponse, target: URL): void {
  const { "proxy-authorization": _login, "proxy-connection": _connection, ...headers } = request.headers;
  const options = { method: request.method ?? "GET", headers };
  const onward = send(target, options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}
