import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Secret } from "./secret.ts";

/** A link that waits on this machine, to be fetched once. */
export interface WaitingLink {
  /** `http://127.0.0.1:PORT/…`: what may stand in an argument, since it is worth nothing after the first fetch. */
  readonly address: string;
  /** Resolves when the link was handed out, and the address is dead. */
  readonly fetched: Promise<void>;
  close(): void;
}

/**
 * Hands a secret link to a browser without its being an argument of any program: at an address of this machine that
 * redirects there once. Only this user is answered, where the system tells whose a connection is; docs/decisions/0017-console.md
 */
export async function serveOnce(link: Secret): Promise<WaitingLink> {
  const path = Buffer.from(`/${randomBytes(32).toString("base64url")}`);
  let done = () => {};
  const fetched = new Promise<void>((resolve) => {
    done = resolve;
  });
  let isSpent = false;
  const server = createServer((request, response) => {
    const isTheirs = belongsToAnotherUser(request);
    const status =
      isSpent || isTheirs || !isAsked(request, path, server.address() as AddressInfo) ? 404 : 302;
    const common = { "cache-control": "no-store", "referrer-policy": "no-referrer", connection: "close" };
    response.writeHead(status, status === 302 ? { ...common, location: link.reveal() } : common).end();
    if (status !== 302) return;
    isSpent = true;
    response.once("close", () => {
      server.close();
      done();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${path}`,
    fetched,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A page of another site may send requests here by a name of its own; it cannot know the path either. */
function isAsked(
  { method, url = "", headers }: IncomingMessage,
  path: Buffer,
  { port }: AddressInfo,
): boolean {
  const asked = Buffer.from(url);
  return (
    method === "GET" &&
    // Windows reaches WSL by the second name.
    (headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`) &&
    asked.length === path.length &&
    timingSafeEqual(asked, path)
  );
}

/**
 * Whether the other end of a connection is a socket of another user, who may have read the address from the arguments of the
 * browser. Linux tells it (proc(5), /proc/net/tcp); root's count as ours, since WSL's relay from Windows is one.
 */
function belongsToAnotherUser({ socket }: IncomingMessage): boolean {
  if (process.platform !== "linux" || socket.remotePort === undefined) return false;
  const uid = socketOwner(socket.remotePort, socket.localPort ?? 0);
  return uid !== undefined && uid !== 0 && uid !== process.getuid?.();
}

function socketOwner(from: number, to: number): number | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  // An IPv6 socket may speak IPv4, to the same address in another writing.
  const ends = new RegExp(
    `^ *\\d+: (?:0{16}FFFF0000)?0100007F:${hex(from)} (?:0{16}FFFF0000)?0100007F:${hex(to)} `,
  );
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    try {
      const line = readFileSync(table, "utf8")
        .split("\n")
        .find((each) => ends.test(each));
      if (line !== undefined) return Number(line.trim().split(/\s+/)[7]);
    } catch {
      // Not every container has them.
    }
  }
  return undefined;
}
