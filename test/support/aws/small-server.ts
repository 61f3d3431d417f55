import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";

/** What a server answers; `silence`: it never does. */
export type SmallAnswer = { readonly status: number; readonly body?: string } | "silence";

/** Starts a server on 127.0.0.1 that ends with the test. Answers its URL. */
export async function smallServer(
  t: TestContext,
  answer: (request: IncomingMessage) => SmallAnswer,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const given = answer(request);
    if (given === "silence") return;
    response.writeHead(given.status, { "content-type": "text/plain" });
    response.end(given.body ?? "");
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
