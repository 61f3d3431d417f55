import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { connectDbus, DbusError, marshal, unmarshal } from "../../src/store/keychain/dbus.ts";
import { sessionBusPath } from "../../src/store/keychain/secret-service.ts";
import { startBusyListener } from "../support/busy-listener.ts";
import { installed } from "../support/installed.ts";

const call = { destination: "a.b", path: "/a", interface: "a.b", member: "C" };

// Bytes as the specification's examples and dbus-daemon have them.
const wire: readonly (readonly [string, readonly unknown[], string])[] = [
  ["u", [1000], "e8030000"],
  ["s", ["foo"], "03000000666f6f00"],
  ["ys", [1, "+"], "01000000010000002b00"],
  ["v", [["s", "é"]], "0173000002000000c3a900"],
  ["ay", [Buffer.from([1, 2])], "020000000102"],
  ["a(yv)", [[[1, ["o", "/"]]]], "0a0000000000000001016f00010000002f00"],
  ["a{ss}", [[]], "0000000000000000"],
  ["b", [true], "01000000"],
];
for (const [signature, values, bytes] of wire) {
  test(`${signature} travels as ${bytes}`, () => {
    assert.equal(marshal(signature, values).toString("hex"), bytes);
    assert.deepEqual(unmarshal(signature, Buffer.from(bytes, "hex")).values, values);
  });
}

test("what was written is read again, however it is aligned", () => {
  const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, text)),
      fc.uint8Array(),
      text,
      fc.boolean(),
      (pairs, bytes, last, yes) => {
        const values = [7, pairs, Buffer.from(bytes), ["s", last], yes, [last, 3, last]];
        const signature = "ya{ss}ayvb(sus)";
        assert.deepEqual(unmarshal(signature, marshal(signature, values)).values, values);
      },
    ),
  );
});

test("garbage is an error, never an endless loop or a wrong answer that looks right", () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.constantFrom("aoao", "v", "(oayays)", "a{sv}", "s"),
      (bytes, signature) => {
        try {
          unmarshal(signature, Buffer.from(bytes));
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      },
    ),
  );
});

test("attack-12: a struct of nothing in a variant is refused as well", () => {
  // A variant of the type a(), whose array says that it is 8 bytes long.
  for (const bytes of ["03612829000000000800000000000000", "0000", "02797900"]) {
    assert.throws(() => unmarshal("v", Buffer.from(bytes.padEnd(48, "0"), "hex")), /signature/);
  }
});

test("attack-12: an answer that cannot be decoded fails its own call alone, at once", async (t) => {
  const header = (serial: number, signature: string, body: Buffer, type = 2) => {
    const fields = [
      [5, ["u", serial]],
      [8, ["g", signature]],
    ];
    const head = marshal("yyyyuua(yv)", [0x6c, type, 0, 1, body.length, 1, fields]);
    return Buffer.concat([head, Buffer.alloc((8 - (head.length % 8)) % 8), body]);
  };
  const variant = Buffer.from("036128290000000008000000000000000000000000000000", "hex");
  const path = await busThat(t, (socket) =>
    socket.once("data", () => {
      socket.write("OK 00\r\n");
      socket.write(header(2, "v", variant));
      socket.write(header(3, "s", Buffer.from("ffffff7f", "hex"), 3));
      socket.write(header(4, "s", marshal("s", ["good"])));
    }),
  );
  const bus = connectDbus(path, 1000);
  t.after(() => bus.close());
  const [first, second, third] = await Promise.allSettled([bus.call(call), bus.call(call), bus.call(call)]);
  assert.deepEqual([first?.status, second?.status], ["rejected", "rejected"]);
  assert.deepEqual(third, { status: "fulfilled", value: ["good"] });
});

test("a struct of nothing, which would never end in an array, is refused", () => {
  assert.throws(() => unmarshal("a()", Buffer.from("0800000000000000", "hex")), /signature/);
});

/** A bus that says what it is told, whatever it hears. */
async function busThat(t: TestContext, onConnection: (socket: Socket) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-bus-"));
  const path = join(folder, "bus");
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return path;
}

const answers: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ["refuses the user", "REJECTED EXTERNAL\r\n", /refused to authenticate/],
  ["speaks another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n", /refused to authenticate/],
  ["sends big-endian messages", Buffer.concat([Buffer.from("OK 00\r\nB"), Buffer.alloc(40)]), /big-endian/],
  [
    "announces an endless message",
    Buffer.concat([Buffer.from("OK 00\r\nl"), Buffer.alloc(40, 0xff)]),
    /too long/,
  ],
];
for (const [what, bytes, words] of answers) {
  test(`a bus that ${what} is an error for every caller`, async (t) => {
    const path = await busThat(t, (socket) => socket.write(bytes));
    const bus = connectDbus(path, 1000);
    await Promise.all([1, 2].map(() => assert.rejects(bus.call(call), words)));
    await assert.rejects(bus.call(call), words);
  });
}

test("a bus that hangs up is an error for every caller", async (t) => {
  const path = await busThat(t, (socket) => socket.once("data", () => socket.end("OK 00\r\n")));
  const bus = connectDbus(path, 1000);
  await assert.rejects(bus.call(call), (error) => !(error instanceof DbusError));
  await assert.rejects(bus.signal({ path: "/a", member: "B" }), Error);
});

const addresses: readonly (readonly [Record<string, string>, string | undefined])[] = [
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" }, "/run/user/1000/bus"],
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:path=/tmp/dbus-x,guid=00ff" }, "/tmp/dbus-x"],
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:guid=00ff,path=/tmp/dbus-x" }, "/tmp/dbus-x"],
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:path=/tmp/with%20space" }, "/tmp/with space"],
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:abstract=/tmp/dbus-x" }, "\0/tmp/dbus-x"],
  [{ DBUS_SESSION_BUS_ADDRESS: "tcp:host=h,port=1;unix:path=/b" }, "/b"],
  [{ DBUS_SESSION_BUS_ADDRESS: "tcp:host=h,port=1", XDG_RUNTIME_DIR: "/" }, undefined],
  [{ DBUS_SESSION_BUS_ADDRESS: "unix:path=/bad%zz" }, undefined],
  [{ XDG_RUNTIME_DIR: "/nonexistent" }, undefined],
  [{}, undefined],
];
for (const [environment, path] of addresses) {
  test(`the session bus of ${JSON.stringify(environment)} is ${JSON.stringify(path)}`, () => {
    assert.equal(sessionBusPath(environment), path);
  });
}

test("attack-05: a bus whose queue is full is tried again", async (t) => {
  if (!installed("python3", t)) return;
  const busy = await startBusyListener(t, Buffer.from("OK 00\r\nB"));
  const bus = connectDbus(busy.path, 1000);
  const answer = bus.call(call);
  await busy.isFull();
  busy.accept();
  await assert.rejects(answer, /the bus closed the connection|ECONNRESET/);
});
