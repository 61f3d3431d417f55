import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { sshNumber, sshString } from "../../src/store/ssh-agent/ssh-key.ts";

/** What something at SSH_AUTH_SOCK does with a request (its type first), each on a connection of its own. */
export type Behaviour = (request: Buffer, socket: Socket) => void;

/** Listens as an agent would, for the time of a test. Gives the socket's path and the requests so far. */
export async function startFakeAgent(
  t: TestContext,
  behave: Behaviour,
): Promise<{ socket: string; requests: Buffer[] }> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-fake-agent-"));
  const path = join(folder, "socket");
  const requests: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    let received = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 4 || received.length < 4 + received.readUInt32BE()) return;
      requests.push(received.subarray(4));
      behave(received.subarray(4), socket);
    });
  });
  await new Promise<void>((listening) => server.listen(path, listening));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { socket: path, requests };
}

/** A message with its length. */
export const framed = (...parts: (Buffer | number[])[]): Buffer =>
  sshString(Buffer.concat(parts.map(Buffer.from)));

/** The answer to a request for identities. */
export const identitiesAnswer = (keys: readonly (readonly [Buffer, string])[]): Buffer =>
  framed(
    [12],
    sshNumber(keys.length),
    ...keys.flatMap(([key, comment]) => [sshString(key), sshString(comment)]),
  );

/** The answer to a request for a signature. */
export const signatureAnswer = (algorithm: string, bytes: Buffer): Buffer =>
  framed([14], sshString(Buffer.concat([sshString(algorithm), sshString(bytes)])));

/** The agent does not want to, or cannot. */
export const failure = framed([5]);

/** What is asked to be signed: the key, the data, the flags. */
export function signRequest(request: Buffer): { key: Buffer; data: Buffer; flags: number } {
  const key = request.subarray(5, 5 + request.readUInt32BE(1));
  const at = 5 + key.length;
  const data = request.subarray(at + 4, at + 4 + request.readUInt32BE(at));
  return { key, data, flags: request.readUInt32BE(at + 4 + data.length) };
}
