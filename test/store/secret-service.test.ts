import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { marshal, unmarshal } from "../../src/store/keychain/dbus.ts";
import { keychainStore } from "../../src/store/keychain/keychain.ts";
import type { KeychainError } from "../../src/store/keychain/keychain-error.ts";
import { secretService } from "../../src/store/keychain/secret-service.ts";
import { systemClock } from "../../src/system/clock.ts";
import { unixOnly } from "../support/unix-only.ts";

const onSocket = unixOnly("D-Bus on a socket at a path");

type Answer = { readonly signature: string; readonly body: readonly unknown[] } | { readonly error: string };

/** A bus whose Secret Service answers as it is told, by the name of the method; gives the names in order. */
async function bus(t: TestContext, answer: (member: string, asked: readonly string[]) => Answer) {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-bus-"));
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received: Buffer = Buffer.alloc(0);
    let begun = false;
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const start = received.indexOf("BEGIN\r\n");
      if (!begun && start < 0) return;
      if (!begun) {
        begun = true;
        socket.write("OK 0123456789abcdef\r\n");
        received = received.subarray(start + 7);
      }
      for (;;) {
        if (received.length < 16) return;
        const body = Math.ceil((16 + received.readUInt32LE(12)) / 8) * 8;
        const end = body + received.readUInt32LE(4);
        if (received.length < end) return;
        const [fields] = unmarshal("a(yv)", received.subarray(0, body), 12).values as [
          [number, [string, string]][],
        ];
        const member = new Map(fields).get(3)?.[1] ?? "";
        const serial = received.readUInt32LE(8);
        received = received.subarray(end);
        if (member === "Hello") reply(socket, serial, { signature: "s", body: [":1.1"] });
        else reply(socket, serial, answer(member, asked), () => asked.push(member));
      }
    });
  });
  const path = join(folder, "bus");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    server.close();
    // A test that failed has not closed its end.
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true });
  });
  return { path, asked };
}

/** Answers a turn of the loop later, as a daemon does, so that what is sent along with a call arrives before. */
async function reply(socket: Socket, serial: number, answer: Answer, done = () => {}): Promise<void> {
  done();
  await turn();
  const failed = "error" in answer;
  const signature = failed ? "s" : answer.signature;
  const body = marshal(signature, failed ? ["not implemented"] : answer.body);
  const fields: unknown[] = [
    [5, ["u", serial]],
    [8, ["g", signature]],
    ...(failed ? [[4, ["s", answer.error]]] : []),
  ];
  const header = marshal("yyyyuua(yv)", [0x6c, failed ? 3 : 2, 0, 1, body.length, 1, fields]);
  socket.write(Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8), body]));
}

const unknownMethod = "org.freedesktop.DBus.Error.UnknownMethod";
const item = "/org/freedesktop/secrets/collection/login/1";
const answers: Record<string, Answer> = {
  SearchItems: { signature: "aoao", body: [[item], []] },
  OpenSession: { signature: "vo", body: [["s", ""], "/session/1"] },
  GetSecret: {
    signature: "(oayays)",
    body: [["/session/1", Buffer.alloc(0), Buffer.from("secret"), "text/plain"]],
  },
};
const found = (member: string): Answer => answers[member] ?? { error: unknownMethod };

test(
  "a session is opened only after the keyring has answered a search, which a miss makes do without",
  onSocket,
  async (t) => {
    const { path, asked } = await bus(t, found);
    const secrets = secretService(path, 1000, "aws-as");
    assert.deepEqual(await secrets.search("name"), { unlocked: [item], locked: [] });
    assert.deepEqual(asked, ["SearchItems"]);
    assert.equal(await secrets.secretOf(item), "secret");
    assert.deepEqual(asked, ["SearchItems", "OpenSession", "GetSecret"]);
    secrets.close();
  },
);

test("a keyring that does not know a new connection yet is asked once more", onSocket, async (t) => {
  const { path, asked } = await bus(t, (member, before) =>
    before.length === 0 ? { error: unknownMethod } : found(member),
  );
  const secrets = secretService(path, 1000, "aws-as");
  assert.deepEqual(await secrets.search("name"), { unlocked: [item], locked: [] });
  assert.deepEqual(asked, ["SearchItems", "SearchItems"]);
  secrets.close();
});

test("a service that knows no search is not asked for ever", onSocket, async (t) => {
  const { path, asked } = await bus(t, () => ({ error: unknownMethod }));
  const secrets = secretService(path, 1000, "aws-as");
  await assert.rejects(secrets.search("name"), { errorName: unknownMethod });
  assert.deepEqual(asked, ["SearchItems", "SearchItems"]);
  secrets.close();
});

test(
  "locked, and a service that cannot ask: that is locked, and nothing is written anywhere else",
  onSocket,
  async (t) => {
    // oo7 without its window: https://github.com/linux-credentials/oo7
    const { path, asked } = await bus(t, (member) => {
      if (member === "SearchItems") return { signature: "aoao", body: [[], [item]] };
      if (member === "Unlock") return { signature: "aoo", body: [[], "/prompt/1"] };
      if (member === "Get") return { signature: "v", body: [["b", true]] };
      if (member === "AddMatch") return { signature: "", body: [] };
      return { error: "org.freedesktop.zbus.Error" };
    });
    const store = keychainStore({
      service: "aws-as",
      folder: "/nonexistent",
      platform: "linux",
      environment: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}`, DISPLAY: ":99" },
      userId: 1000,
      clock: systemClock,
      loadKeytar: () => Promise.reject(new Error("keytar must not be loaded here")),
    });
    for (const call of [store.read("name"), store.remove("name")]) {
      await assert.rejects(call, (error: KeychainError) => error.kind === "locked");
    }
    assert.ok(asked.includes("Prompt") && !asked.includes("Delete"));
  },
);
