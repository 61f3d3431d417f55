import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { AgentUnusable, sshAgent } from "../../src/store/ssh-agent/ssh-agent.ts";
import { fingerprintOf, keyTypeOf } from "../../src/store/ssh-agent/ssh-key.ts";
import { startBusyListener } from "../support/busy-listener.ts";
import { type Behaviour, failure, framed, identitiesAnswer, startFakeAgent } from "../support/fake-agent.ts";
import { installed } from "../support/installed.ts";
import { startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

const limits = { list: 150, sign: 150 };
const platform = "linux";
const key = Buffer.from("key");
const data = Buffer.from("data");

async function agentThat(t: TestContext, behave: Behaviour) {
  const { socket, requests } = await startFakeAgent(t, behave);
  return { agent: sshAgent({ socket, platform, limits }), requests };
}

test("a real agent tells its keys and signs by them", { skip: withoutSshAgent() }, async (t) => {
  const running = await startSshAgent();
  t.after(() => running.stop());
  const agent = sshAgent({ socket: running.socket, platform });
  assert.deepEqual(await agent.identities(), []);
  running.add("-q", running.makeKey("ed"), running.makeKey("rsa", "-t", "rsa", "-b", "2048"));
  const held = await agent.identities();
  assert.deepEqual(
    held.map((each) => [keyTypeOf(each.key), each.comment]),
    [
      ["ssh-ed25519", "ed"],
      ["ssh-rsa", "rsa"],
    ],
  );
  const listed = running.add("-l");
  for (const each of held) assert.ok(listed.includes(`${fingerprintOf(each.key)} ${each.comment}`), listed);
  const signatures = await Promise.all(held.map((each) => agent.sign(each.key, data)));
  assert.deepEqual(
    signatures.map((signature) => [signature?.algorithm, signature?.bytes.length]),
    [
      ["ssh-ed25519", 64],
      ["rsa-sha2-512", 256],
    ],
  );
  assert.equal(await agent.sign(key, data), undefined);
});

const garbage: readonly (readonly [string, Behaviour, RegExp])[] = [
  ["hangs up", (_, socket) => socket.end(), /ended the connection instead of answering/],
  [
    "hangs up in the middle",
    (_, socket) => socket.end(Buffer.from([0, 0, 0, 9, 12])),
    /ended the connection/,
  ],
  ["never answers", () => undefined, /did not answer within 0 s/],
  [
    "stops in the middle",
    (_, socket) => socket.write(Buffer.from([0, 0, 0, 9, 12])),
    /did not answer within/,
  ],
  [
    "is a web server",
    (_, socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    /does not answer as an ssh-agent/,
  ],
  ["announces 4 GB", (_, socket) => socket.write(Buffer.alloc(4, 0xff)), /does not answer as/],
  ["announces nothing", (_, socket) => socket.write(Buffer.alloc(4)), /does not answer as/],
  [
    "says more than it announced",
    (_, socket) => socket.write(Buffer.concat([failure, failure])),
    /does not answer as/,
  ],
  ["answers something else", (_, socket) => socket.write(framed([77])), /does not answer as/],
  [
    "says it holds a billion keys",
    (_, socket) => socket.write(framed([12], [59, 154, 202, 0])),
    /does not answer as/,
  ],
  [
    "sends a key longer than the answer",
    (_, socket) => socket.write(framed([12], [0, 0, 0, 1], [0, 1, 0, 0])),
    /does not answer as/,
  ],
  ["sends an empty signature", (_, socket) => socket.write(framed([14])), /does not answer as/],
  [
    "sends a signature of nothing",
    (_, socket) => socket.write(framed([14], [0, 0, 0, 0])),
    /does not answer as/,
  ],
];
for (const [what, behave, words] of garbage) {
  test(`what ${what} is told as such, by listing and by signing, and soon`, async (t) => {
    const { agent } = await agentThat(t, behave);
    const started = performance.now();
    for (const call of [() => agent.identities(), () => agent.sign(key, data)]) {
      await assert.rejects(call, (error: AgentUnusable) => {
        assert.ok(error instanceof AgentUnusable);
        assert.match(error.message, words);
        assert.ok(error.hints.length > 0);
        return true;
      });
    }
    assert.ok(performance.now() - started < 30_000);
  });
}

test("an answer may come byte by byte", async (t) => {
  const { agent } = await agentThat(t, async (_, socket) => {
    for (const byte of identitiesAnswer([[key, "comment"]])) {
      socket.write(Buffer.from([byte]));
      await new Promise((written) => setImmediate(written));
    }
  });
  assert.deepEqual(await agent.identities(), [{ key, comment: "comment" }]);
});

test("old agents' ways of refusing are refusals", async (t) => {
  for (const code of [5, 30, 102]) {
    const { agent } = await agentThat(t, (_, socket) => socket.write(framed([code])));
    assert.equal(await agent.sign(key, data), undefined);
  }
});

test("a signature is waited for longer than a list, and until the deadline at most", async (t) => {
  const { socket } = await startFakeAgent(t, () => undefined);
  const patient = { list: 20, sign: 60_000 };
  let waits = 0;
  const agent = sshAgent({
    socket,
    platform,
    limits: patient,
    deadline: { at: 1_000_100, now: () => 1_000_000 },
    onWait: () => {
      waits += 1;
    },
  });
  const started = performance.now();
  await assert.rejects(agent.identities(), /did not answer/);
  await assert.rejects(agent.sign(key, data), /did not answer/);
  const took = performance.now() - started;
  assert.ok(took > 90 && took < 30_000, String(took));
  assert.equal(waits, 0);
});

test("a person is told of a long wait for a signature, once", async (t) => {
  const { socket } = await startFakeAgent(t, (_, connection) => {
    setTimeout(() => connection.write(failure), 2300);
  });
  let waits = 0;
  const agent = sshAgent({
    socket,
    platform,
    onWait: () => {
      waits += 1;
    },
  });
  await agent.sign(key, data);
  assert.equal(waits, 1);
});

test("no agent is told with what starts one", async (t) => {
  const folder = await startFakeAgent(t, () => undefined);
  for (const [socket, words] of [
    [undefined, /SSH_AUTH_SOCK is not set/],
    ["", /SSH_AUTH_SOCK is not set/],
    [join(folder.socket, "..", "gone"), /it does not exist/],
    [join(folder.socket, ".."), /nothing listens there any more/],
    [import.meta.filename, /nothing listens there any more|it is not a socket|ENOTSOCK/],
  ] as const) {
    await assert.rejects(sshAgent({ socket, platform, limits }).identities(), (error: AgentUnusable) => {
      assert.match(error.message, words);
      assert.match(error.hints[0] ?? "", /ssh-agent/);
      return error instanceof AgentUnusable;
    });
  }
});

test("a number in SSH_AUTH_SOCK is a file's name, not a port", async (t) => {
  let called = false;
  const server = createServer(() => {
    called = true;
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  await assert.rejects(sshAgent({ socket: port, platform, limits }).identities(), /does not exist/);
  assert.equal(called, false);
});

test("Windows has a place of its own for the agent", async () => {
  await assert.rejects(
    sshAgent({ socket: undefined, platform: "win32", limits }).identities(),
    /openssh-ssh-agent/,
  );
});

test("what else can be done is done once the agent has been asked", async (t) => {
  let asked = false;
  const { agent } = await agentThat(t, (_, socket) => {
    asked = true;
    setTimeout(() => socket.write(failure), 50);
  });
  let meanwhile = 0;
  await agent.sign(key, data, () => {
    meanwhile += 1;
  });
  assert.ok(asked);
  assert.equal(meanwhile, 1);
});

test("attack-05: an agent whose queue is full is tried again, until the limit", async (t) => {
  if (!installed("python3", t)) return;
  const busy = await startBusyListener(t, framed([12, 0, 0, 0, 0]));
  const agent = sshAgent({ socket: busy.path, platform });
  await assert.rejects(
    sshAgent({ socket: busy.path, platform, limits: { list: 100, sign: 100 } }).identities(),
    /did not answer within/,
  );
  const identities = agent.identities();
  await busy.isFull();
  busy.accept();
  assert.deepEqual(await identities, []);
});

test("clients-07: gpg-agent's socket is brought back by gpg-agent: another agent would not have its keys", async () => {
  const agent = sshAgent({ socket: "/nowhere/S.gpg-agent.ssh", platform, limits });
  await assert.rejects(agent.identities(), { hints: ["gpgconf --launch gpg-agent"] });
});
