import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Caller } from "./children/caller.ts";
import { socketCaller } from "./children/socket-caller.ts";
import { failureReason } from "./failure-reason.ts";
import { letIn, makeRoomFor } from "./private-socket.ts";
import { UserError } from "./user-error.ts";

/** Where to listen: on a free port of this machine alone, or on a socket in the file system that only its owner may open. */
export type ServingPlace =
  | { readonly kind: "port" }
  | {
      readonly kind: "socket";
      readonly path: string;
      /** The number of another user who may ask as well. */
      readonly uid?: number | undefined;
      /** Questions say who asks, as far as the system tells; it takes some milliseconds for each connection. */
      readonly namesCallers: boolean;
    };

export interface HttpQuestion {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly caller?: Caller | undefined;
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

/**
 * Milliseconds that a connection stays open for the next request. Node's own 5 s end while clients still have it in their pool: one
 * that sends just then fails.
 */
const idleTimeoutMs = 75_000;

/** Listens, and answers each request with what `answer` gives for it. A body is not read. Nobody is told anything about us. */
export async function listen(
  place: ServingPlace,
  answer: (question: HttpQuestion) => Promise<HttpReply>,
): Promise<Listening> {
  const callers = new WeakMap<Socket, Promise<Caller | undefined>>();
  const server = createServer(
    { requestTimeout: requestTimeoutMs, keepAliveTimeout: idleTimeoutMs, maxHeaderSize: 16 * 1024 },
    (request, response) => void respond(request, response, answer, callers.get(request.socket)),
  );
  server.on("clientError", (_, socket) => socket.destroy());
  if (place.kind === "port") {
    await started(server, (done) => server.listen(0, "127.0.0.1", done));
  } else {
    if (place.namesCallers) server.on("connection", (socket) => callers.set(socket, callerOf(socket)));
    await makeRoomFor(place.path);
    await started(server, (done) => privately(() => server.listen(place.path, done))).catch((error) => {
      throw new UserError(`cannot listen on ${place.path}: ${failureReason(error)}`, { cause: error });
    });
    if (place.uid !== undefined) letIn(place.path, place.uid);
  }
  const { port } = server.address() as AddressInfo;
  return {
    address: place.kind === "port" ? `127.0.0.1:${port}` : place.path,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function started(server: Server, listen: (done: () => void) => unknown): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    listen(() => {
      server.off("error", fail);
      done();
    });
  });
}

function callerOf(socket: Socket): Promise<Caller | undefined> {
  const { _handle: handle } = socket as { _handle?: { fd?: number } };
  return socketCaller(handle?.fd);
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (question: HttpQuestion) => Promise<HttpReply>,
  caller: Promise<Caller | undefined> | undefined,
): Promise<void> {
  const { method = "", url = "", headers } = request;
  request.resume();
  const { status, body } = await answer({ method, path: url, headers, caller: await caller });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

/** The socket is made with mode 0600: between its making and a chmod anybody could connect. */
function privately(start: () => void): void {
  const before = process.umask(0o177);
  try {
    start();
  } finally {
    process.umask(before);
  }
}
