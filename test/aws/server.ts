import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";

/** One request as the server got it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly form: URLSearchParams;
  /** The port of the caller's end of the connection. */
  readonly from: number | undefined;
}

export type Answer = (response: http.ServerResponse, received: Received) => void;

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
}

/** A server on a free port that gives one answer after the other, the last one for ever. Gone after the test. */
export async function serve(
  t: TestContext,
  answers: Answer | readonly Answer[],
  tls?: https.ServerOptions,
): Promise<TestServer> {
  const list = typeof answers === "function" ? [answers] : answers;
  const received: Received[] = [];
  const onRequest: http.RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers, socket } = request;
      const form = new URLSearchParams(Buffer.concat(parts).toString());
      const one = { method, url, headers, form, from: socket.remotePort };
      received.push(one);
      list[Math.min(received.length, list.length) - 1]?.(response, one);
    });
  };
  const server = tls ? https.createServer(tls, onRequest) : http.createServer(onRequest);
  const port = await listen(t, server);
  return { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, port, received };
}

/** Starts a server on a free port of 127.0.0.1, and ends it with its connections after the test. */
export async function listen(t: TestContext, server: import("node:net").Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export function answer(status: number, body: string, headers: http.OutgoingHttpHeaders = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": "request-1", ...headers });
    response.end(body);
  };
}

export function refusal(
  status: number,
  code: string,
  message: string,
  headers?: http.OutgoingHttpHeaders,
): Answer {
  return answer(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`,
    headers,
  );
}

export const secrets = {
  secretAccessKey: "canarySecretKey/0123456789abcdefghijklmn",
  sessionToken: "canarySessionToken//////////wEaDmV1LXdlc3QtMSJHMEUCIQD",
  code: "424242",
  proxyPassword: "canaryProxyPassword",
} as const;

export const issued = {
  AccessKeyId: "ASIAISSUED0000000001",
  SecretAccessKey: "canaryIssuedSecret",
  SessionToken: "canaryIssuedToken",
} as const;

export function credentials(
  action: "GetSessionToken" | "AssumeRole",
  change: Record<string, string | undefined> = {},
): string {
  const members = { ...issued, Expiration: "2030-01-01T12:00:00Z", ...change };
  const xml = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join("");
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>${xml}</Credentials></${action}Result><ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></${action}Response>`;
}

export const caller = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/ann</Arn><UserId>AIDAUSER</UserId><Account>111111111111</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
