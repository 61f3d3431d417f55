import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { signedData } from "../../src/store/file/agent-slot.ts";
import { WrongPassphrase } from "../../src/store/file/passphrase.ts";
import { type AgentSignature, sshAgent } from "../../src/store/ssh-agent/ssh-agent.ts";
import { fingerprintOf, isSignatureOf, sshNumber, sshString } from "../../src/store/ssh-agent/ssh-key.ts";
import type { UserError } from "../../src/system/user-error.ts";
import { foundOnDisk, holdsSecret } from "../support/canary.ts";
import {
  failure,
  identitiesAnswer,
  signatureAnswer,
  signRequest,
  startFakeAgent,
} from "../support/fake-agent.ts";
import { type LockedRoom, lockedRoom } from "../support/locked-room.ts";
import { type RunningAgent, startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

const skip = withoutSshAgent();
const item = { name: "session/a", label: "session of a" };
const byAgent = { kind: "ssh-agent" } as const;
const platform = process.platform;

/** A real agent for the time of a test, with a key in it. */
async function agentWithKey(t: TestContext, ...options: string[]): Promise<RunningAgent> {
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  agent.add("-q", agent.makeKey("key", ...options));
  return agent;
}

/** A store with an item, which a key in the agent opens. */
async function storeOf(t: TestContext, agent: { socket: string }): Promise<LockedRoom> {
  const room = lockedRoom(t);
  await room.open(agent).unlocking.add(byAgent);
  await room.open(agent).write(item, "{}");
  return room;
}

/** Reads the item as another process with that agent, or without one, and nobody to ask. */
const readBy = (room: LockedRoom, agent?: { socket: string }, passphrase?: string) =>
  room.open({ socket: agent?.socket, ...(passphrase === undefined ? {} : { passphrase }) }).read(item.name);

for (const [what, options, keyType] of [
  ["Ed25519", [], "ssh-ed25519"],
  ["RSA 2048", ["-t", "rsa", "-b", "2048"], "ssh-rsa"],
  ["RSA 3072", ["-t", "rsa", "-b", "3072"], "ssh-rsa"],
] as const) {
  test(`a key of ${what} sets a store up and opens it, and nobody is asked`, { skip }, async (t) => {
    const agent = await agentWithKey(t, ...options);
    const room = await storeOf(t, agent);
    for (let process = 0; process < 3; process += 1) assert.equal(await readBy(room, agent), "{}");
    const { unlocking } = room.open(agent);
    assert.equal(unlocking.isSetUp(), true);
    const [slot, ...more] = await unlocking.slots();
    assert.ok(slot?.kind === "ssh-agent");
    assert.deepEqual(more, []);
    assert.deepEqual([slot.keyType, slot.comment], [keyType, "key"]);
    assert.ok(agent.add("-l").includes(slot.fingerprint));
    assert.deepEqual(room.questions, []);
  });
}

test("what is signed is an SSH signature for aws-as, as ssh-keygen knows it", { skip }, async (t) => {
  for (const options of [[], ["-t", "rsa", "-b", "2048"]]) {
    const agent = await agentWithKey(t, ...options);
    const client = sshAgent({ socket: agent.socket, platform });
    const [identity] = await client.identities();
    const challenge = Buffer.from("a challenge");
    const { algorithm, bytes } = (await client.sign(
      identity?.key as Buffer,
      signedData(challenge),
    )) as AgentSignature;
    const blob = Buffer.concat([
      Buffer.from("SSHSIG"),
      sshNumber(1),
      sshString(identity?.key as Buffer),
      sshString("aws-as"),
      sshString(""),
      sshString("sha256"),
      sshString(Buffer.concat([sshString(algorithm), sshString(bytes)])),
    ]);
    const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
    const file = join(agent.folder, "signature");
    writeFileSync(
      file,
      ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n"),
    );
    const check = ["-Y", "check-novalidate", "-n", "aws-as", "-s", file];
    assert.match(
      execFileSync("ssh-keygen", check, { input: challenge, encoding: "utf8" }),
      /^Good "aws-as" signature/,
    );
  }
});

test("a key of another kind is refused with the reason, and a store is not made", { skip }, async (t) => {
  const agent = await agentWithKey(t, "-t", "ecdsa");
  const room = lockedRoom(t);
  const { unlocking } = room.open(agent);
  const [key] = await unlocking.agentKeys();
  assert.deepEqual([key?.keyType, key?.comment], ["ecdsa-sha2-nistp256", "key"]);
  assert.match(key?.refused ?? "", /ECDSA never signs the same way twice/);
  await assert.rejects(unlocking.add(byAgent), (error: UserError) => {
    assert.match(error.message, /holds no key that can open a store/);
    assert.match(error.hints.join("\n"), /SHA256:\S+ \(key\) cannot: ECDSA/);
    return true;
  });
  await assert.rejects(unlocking.add({ ...byAgent, key: "key" }), /cannot open a store: ECDSA never signs/);
  agent.add("-q", agent.makeKey("small", "-t", "rsa", "-b", "1024"));
  await assert.rejects(unlocking.add({ ...byAgent, key: "small" }), /an RSA key of 1024 bits is too weak/);
  assert.equal(unlocking.isSetUp(), false);
});

test("a security key is refused by its type, and never asked to sign", async (t) => {
  const key = Buffer.concat([
    sshString("sk-ssh-ed25519@openssh.com"),
    sshString(Buffer.alloc(32)),
    sshString("ssh:"),
  ]);
  const fake = await startFakeAgent(t, (_, socket) => socket.write(identitiesAnswer([[key, "yubikey"]])));
  const { unlocking } = lockedRoom(t).open(fake);
  await assert.rejects(
    unlocking.add({ ...byAgent, key: "yubikey" }),
    /a security key never signs the same way twice/,
  );
  assert.deepEqual(
    fake.requests.map((request) => request[0]),
    [11],
  );
});

test("of several keys the one that is named is taken: by fingerprint, comment or a part", {
  skip,
}, async (t) => {
  const agent = await agentWithKey(t);
  agent.add("-q", agent.makeKey("another key"), agent.makeKey("third", "-t", "ecdsa"));
  const open = () => lockedRoom(t).open(agent).unlocking;
  const keys = await open().agentKeys();
  const fingerprint = keys.find(({ comment }) => comment === "another key")?.fingerprint ?? "";
  for (const key of [
    "another key",
    "another",
    fingerprint,
    fingerprint.slice(7),
    fingerprint.slice(12, 30),
  ]) {
    const slot = await open().add({ ...byAgent, key });
    assert.equal(slot.kind === "ssh-agent" && slot.comment, "another key", key);
  }
  // The whole comment of one is a part of the other's.
  const slot = await open().add({ ...byAgent, key: "key" });
  assert.equal(slot.kind === "ssh-agent" && slot.comment, "key");
  await assert.rejects(open().add({ ...byAgent, key: "ke" }), (error: UserError) => {
    assert.match(error.message, /several keys "ke"/);
    assert.equal(error.hints.length, 2);
    return true;
  });
  await assert.rejects(
    open().add(byAgent),
    /several keys that can open a store: name one by its fingerprint/,
  );
  await assert.rejects(open().add({ ...byAgent, key: "nobody" }), /holds no key "nobody"/);
});

test("a key that is not in the agent is told by fingerprint and comment", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  const listed = agent.add("-l");
  agent.add("-q", "-d", "key");
  agent.add("-q", agent.makeKey("other"));
  await assert.rejects(readBy(room, agent), (error: UserError) => {
    const [, fingerprint = ""] = /(SHA256:\S+) \(key\)$/.exec(error.message) ?? [];
    assert.match(error.message, /^the ssh-agent does not hold the key that opens the file store/);
    assert.ok(listed.includes(fingerprint));
    assert.deepEqual(error.hints, [`ssh-add  # ${fingerprint} (key)`]);
    return true;
  });
  agent.add("-q", "key");
  assert.equal(await readBy(room, agent), "{}");
});

test("a locked agent is told as locked or empty, which look the same", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  const env = {
    PATH: process.env["PATH"],
    SSH_AUTH_SOCK: agent.socket,
    SSH_ASKPASS: join(agent.folder, "ask"),
    SSH_ASKPASS_REQUIRE: "force",
  };
  writeFileSync(env.SSH_ASKPASS, "#!/bin/sh\necho password\n");
  chmodSync(env.SSH_ASKPASS, 0o700);
  execFileSync("ssh-add", ["-x"], { env, stdio: "pipe" });
  await assert.rejects(readBy(room, agent), (error: UserError) => {
    assert.match(
      error.message,
      /^the ssh-agent is locked or holds no key, and the file store needs SHA256:\S+ \(key\)/,
    );
    assert.match(error.hints.slice(0, 2).join("\n"), /^ssh-add {2}# SHA256:\S+ \(key\)\nssh-add -X/);
    return true;
  });
  await assert.rejects(room.open(agent).unlocking.add(byAgent), /locked or holds no key/);
  execFileSync("ssh-add", ["-X"], { env, stdio: "pipe" });
  assert.equal(await readBy(room, agent), "{}");
});

test("an agent that is gone is told, and so is one that never was", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  await assert.rejects(readBy(room), /there is no ssh-agent: SSH_AUTH_SOCK is not set/);
  await agent.kill();
  await assert.rejects(readBy(room, agent), (error: UserError) => {
    assert.match(error.message, /cannot reach the ssh-agent at ".*\/socket"/);
    assert.match(error.hints[0] ?? "", /ssh-agent/);
    return true;
  });
  const again = await startSshAgent({}, agent.folder);
  t.after(() => again.kill());
  again.add("-q", "key");
  assert.equal(await readBy(room, again), "{}");
});

test("a person who must consent to each signature is asked once, and may say no", { skip }, async (t) => {
  const agent = await startSshAgent({ SSH_ASKPASS: "/bin/true", SSH_ASKPASS_REQUIRE: "force" });
  t.after(() => agent.stop());
  agent.add("-q", "-c", agent.makeKey("key"));
  const room = await storeOf(t, agent);
  assert.equal(await readBy(room, agent), "{}");
  await agent.kill();
  const asked = join(agent.folder, "asked");
  const ask = join(agent.folder, "ask");
  writeFileSync(ask, `#!/bin/sh\necho x >> '${asked}'\nexit 1\n`);
  chmodSync(ask, 0o700);
  const refusing = await startSshAgent({ SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: "force" }, agent.folder);
  t.after(() => refusing.kill());
  refusing.add("-q", "-c", "key");
  await assert.rejects(readBy(room, refusing), (error: UserError) => {
    assert.match(error.message, /^the ssh-agent refused to sign with the key SHA256:\S+ \(key\)$/);
    assert.match(error.hints.join("\n"), /consent[\s\S]*ssh-add -X[\s\S]*ssh-add -h/);
    return true;
  });
  assert.equal(readFileSync(asked, "utf8"), "x\n");
});

test("without the key the passphrase opens, and the person is told why it is asked for", {
  skip,
}, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  await room.open({ ...agent, passphrase: "correct horse" }).unlocking.add({ kind: "passphrase" });
  assert.equal(await readBy(room, agent, "correct horse"), "{}");
  room.questions.length = 0;
  agent.add("-q", "-D");
  agent.add("-q", agent.makeKey("other"));
  assert.equal(await readBy(room, agent, "correct horse"), "{}");
  assert.match(
    room.questions.join("\n"),
    /^unlock: The ssh-agent does not hold the key that opens the file store: SHA256:\S+ \(key\)$/,
  );
  await assert.rejects(readBy(room, agent, "wrong"), (error: WrongPassphrase) => {
    assert.ok(error instanceof WrongPassphrase);
    assert.match(error.hints.join("\n"), /without a passphrase: the ssh-agent does not hold the key/);
    return true;
  });
  await assert.rejects(readBy(room, agent), (error: UserError) => {
    assert.match(error.message, /^the ssh-agent does not hold the key/);
    assert.match(error.hints[0] ?? "", /^ssh-add {2}#/);
    assert.equal(error.hints.at(-1), "export AWS_AS_PASSPHRASE");
    return true;
  });
  // Without an agent at all as well.
  assert.equal(await readBy(room, undefined, "correct horse"), "{}");
});

test("any of several keys opens, whichever the agent holds", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  agent.add("-q", agent.makeKey("second", "-t", "rsa", "-b", "2048"));
  await room.open(agent).unlocking.add({ ...byAgent, key: "second" });
  for (const name of ["key", "second"]) {
    agent.add("-q", "-D");
    agent.add("-q", name);
    assert.equal(await readBy(room, agent), "{}");
  }
  agent.add("-q", "-D");
  agent.add("-q", agent.makeKey("third"));
  await assert.rejects(
    readBy(room, agent),
    /any of the keys that open the file store: SHA256:\S+ \(key\), SHA256:\S+ \(second\)/,
  );
  assert.deepEqual(room.questions, []);
});

const text = (slot: Record<string, unknown>, name: string): string => String(slot[name]);
const flipped = (base64: string): string => {
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString("base64");
};
for (const [what, change] of [
  ["the box", (slot) => ({ ...slot, sealed: flipped(text(slot, "sealed")) })],
  ["the challenge", (slot) => ({ ...slot, challenge: flipped(text(slot, "challenge")) })],
  ["the comment", (slot) => ({ ...slot, comment: "harmless" })],
  ["the id", (slot) => ({ ...slot, id: "00" })],
] as const satisfies [string, (slot: Record<string, unknown>) => unknown][]) {
  test(`a changed slot is told as such, not as the agent's fault: ${what}`, { skip }, async (t) => {
    const agent = await agentWithKey(t);
    const room = await storeOf(t, agent);
    room.edit(change);
    await assert.rejects(readBy(room, agent), /slot .*changed after it was written/);
    // By somebody who knows of the sum, or in a file that never had one.
    room.edit(({ sum, ...slot }) => slot);
    await assert.rejects(
      readBy(room, agent),
      /does not open ".*": its slot was changed after it was written/,
    );
  });
}

test("a slot with another public key is told as changed", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  room.edit((slot) => ({ ...slot, key: flipped(text(slot, "key")) }));
  await assert.rejects(readBy(room, agent), /its ssh-agent slot "\w+": it was changed after it was written/);
  room.edit((slot) => ({ ...slot, key: "AAAA" }));
  await assert.rejects(readBy(room, agent), /its public key is not one that can open a store/);
});

test("a changed slot does not stop the others", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  await room.open({ ...agent, passphrase: "correct horse" }).unlocking.add({ kind: "passphrase" });
  room.edit((slot) => (slot["kind"] === "ssh-agent" ? { ...slot, comment: "harmless" } : slot));
  assert.equal(await readBy(room, agent, "correct horse"), "{}");
  const [first, second] = await room.open().unlocking.slots();
  assert.ok(first?.kind === "ssh-agent" && second?.kind === "passphrase");
  assert.match(first.damaged ?? "", /changed/);
  assert.equal(second.damaged, undefined);
});

/** An agent that stands before the real one and spoils its signatures. */
async function spoiling(
  t: TestContext,
  agent: RunningAgent,
  spoil: (signature: AgentSignature, count: number) => AgentSignature | undefined,
) {
  let count = 0;
  const real = sshAgent({ socket: agent.socket, platform });
  return await startFakeAgent(t, async (request, socket) => {
    if (request[0] === 11) {
      connect(agent.socket, function (this: import("node:net").Socket) {
        this.pipe(socket);
        this.write(Buffer.from([0, 0, 0, 1, 11]));
      });
      return;
    }
    const { key, data } = signRequest(request);
    count += 1;
    const signature = (await real.sign(key, data)) as AgentSignature;
    const spoiled = spoil(signature, count);
    socket.write(spoiled ? signatureAnswer(spoiled.algorithm, spoiled.bytes) : failure);
  });
}

test("an agent that signs unsoundly is told apart from a changed file", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const room = await storeOf(t, agent);
  const foreign = await spoiling(t, agent, ({ algorithm, bytes }) => ({
    algorithm,
    bytes: Buffer.from(bytes).fill(1, 0, 9),
  }));
  await assert.rejects(
    readBy(room, foreign),
    /does not sign soundly with the key .*: its signature does not belong to the key/,
  );
  const short = await spoiling(t, agent, ({ algorithm, bytes }) => ({ algorithm, bytes: bytes.subarray(1) }));
  await assert.rejects(readBy(room, short), /the signature has a wrong length/);
  const sha1 = await spoiling(t, agent, ({ bytes }) => ({ algorithm: "ssh-rsa", bytes }));
  await assert.rejects(readBy(room, sha1), /it signed by ssh-rsa, and ssh-ed25519 was asked for/);
  await assert.rejects(lockedRoom(t).open(foreign).unlocking.add(byAgent), /does not belong to the key/);
});

/** An Ed25519 key that signs soundly, and differently each time, as RFC 8032 does not allow. */
function undecidedKey() {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const number = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  const bytesOf = (value: bigint): Buffer =>
    Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
  const hash = (...parts: Buffer[]): Buffer => createHash("sha512").update(Buffer.concat(parts)).digest();
  /** A random scalar with its point: what a private and a public key are. */
  const pair = (): { scalar: bigint; point: Buffer } => {
    const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    const half = hash(Buffer.from(d, "base64url")).subarray(0, 32);
    half[0] = (half[0] ?? 0) & 248;
    half[31] = ((half[31] ?? 0) & 63) | 64;
    return { scalar: number(half), point: Buffer.from(x, "base64url") };
  };
  const own = pair();
  const sign = (data: Buffer): Buffer => {
    const once = pair();
    const challenge = number(hash(once.point, own.point, data));
    return Buffer.concat([once.point, bytesOf((once.scalar + challenge * own.scalar) % order)]);
  };
  return { key: Buffer.concat([sshString("ssh-ed25519"), sshString(own.point)]), sign };
}

test("a key that signs soundly but differently each time is found out before anything is written", async (t) => {
  const { key, sign } = undecidedKey();
  const signatures: Buffer[] = [];
  const fake = await startFakeAgent(t, (request, socket) => {
    if (request[0] === 11) return void socket.write(identitiesAnswer([[key, "undecided"]]));
    const { data } = signRequest(request);
    const signature = sign(data);
    assert.ok(isSignatureOf(key, data, signature));
    signatures.push(signature);
    socket.write(signatureAnswer("ssh-ed25519", signature));
  });
  const { unlocking } = lockedRoom(t).open(fake);
  await assert.rejects(
    unlocking.add(byAgent),
    /with the key SHA256:\S+ \(undecided\): it signs differently each time/,
  );
  assert.equal(signatures.length, 2);
  assert.equal(unlocking.isSetUp(), false);
});

test("setting up signs twice, opening once, without asking for the keys first", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const fake = await spoiling(t, agent, (signature) => signature);
  const room = lockedRoom(t);
  await room.open(fake).unlocking.add(byAgent);
  assert.deepEqual(
    fake.requests.map((request) => request[0]),
    [11, 13, 13],
  );
  await room.open(fake).write(item, "{}");
  fake.requests.length = 0;
  const store = room.open(fake);
  await Promise.all([store.read(item.name), store.read(item.name)]);
  await store.read(item.name);
  assert.deepEqual(
    fake.requests.map((request) => request[0]),
    [13],
  );
  const { data, flags } = signRequest(fake.requests[0] ?? Buffer.alloc(0));
  // gpg-agent refuses the flag that RSA needs.
  assert.equal(flags, 0);
  assert.equal(data.subarray(0, 16).toString("latin1"), "SSHSIG\0\0\0\x06aws-as");
});

test("nobody is asked to sign for what is not there, or for a list", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const fake = await spoiling(t, agent, (signature) => signature);
  const room = await storeOf(t, fake);
  fake.requests.length = 0;
  const store = room.open(fake);
  assert.equal(await store.read("nothing"), undefined);
  assert.equal((await store.list()).length, 1);
  assert.equal((await store.unlocking.slots()).length, 1);
  assert.equal(store.unlocking.isSetUp(), true);
  assert.deepEqual(fake.requests, []);
});

test("neither passphrase nor signature nor master key nor document lies on the disk", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const signatures: Buffer[] = [];
  const fake = await spoiling(t, agent, (signature) => {
    signatures.push(Buffer.from(signature.bytes));
    return signature;
  });
  const room = lockedRoom(t);
  const { unlocking } = room.open({ ...fake, passphrase: "canary-of-the-passphrase" });
  await unlocking.add(byAgent);
  await unlocking.add({ kind: "passphrase" });
  await room.open(fake).write(item, '"canary-of-the-document"');
  assert.equal(signatures.length, 3);
  for (const canary of ["canary-of-the-passphrase", "canary-of-the-document"]) {
    assert.deepEqual(foundOnDisk(room.folder, canary), []);
  }
  const text = readFileSync(room.keyFile);
  for (const signature of signatures) {
    for (const part of [signature.subarray(0, 32), signature.subarray(32)]) {
      for (const form of ["hex", "base64", "latin1"] as const) {
        assert.ok(!text.includes(part.toString(form).replace(/=+$/, "").slice(0, -2)), form);
      }
    }
  }
  // The search finds what is there.
  assert.ok(holdsSecret(text, String(room.slots()[0]?.["challenge"])));
});

test("fingerprints are those of ssh-add", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const [, base64 = ""] = readFileSync(join(agent.folder, "key.pub"), "utf8").split(" ");
  assert.ok(agent.add("-l").includes(fingerprintOf(Buffer.from(base64, "base64"))));
});
