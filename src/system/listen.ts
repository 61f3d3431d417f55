import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Where to listen: on a free port of this machine alone, or on a socket in the file system, which must not be there yet. */
export type ServingPlace = { readonly kind: "port" } | { readonly kind: "socket"; readonly path: string };

export interface HttpQuestion {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface HttpReply {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

export interface Listening {
  /** `127.0.0.1:PORT`, or the path of the socket. */
  readonly address: string;
  close(): void;
}

/** Milliseconds that a request has to come in whole. */
const requestTimeoutMs = 10_000;

/** Listens, and answers each request with what `answer` gives for it. A body is not read. Nobody is told anything about us. */
export async function listen(
  place: ServingPlace,
  answer: (question: HttpQuestion) => Promise<HttpReply>,
): Promise<Listening> {
  const server = createServer(
    { requestTimeout: requestTimeoutMs, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      void respond(request, response, answer);
    },
  );
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    const start = () => {
      server.off("error", fail);
      done();
    };
    if (place.kind === "port") server.listen(0, "127.0.0.1", start);
    else listenPrivately(() => server.listen(place.path, start));
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: place.kind === "port" ? `127.0.0.1:${port}` : place.path,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (question: HttpQuestion) => Promise<HttpReply>,
): Promise<void> {
  const { method = "", url = "", headers } = request;
  request.resume();
  const { status, body } = await answer({ method, path: url, headers });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

/** The socket is made with mode 0600: between its making and a chmod anybody could connect. */
function listenPrivately(start: () => void): void {
  const before = process.umask(0o177);
  try {
    start();
  } finally {
    process.umask(before);
  }
}
