import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileStore } from "../../src/store/file/file.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { startFakeAgent } from "../support/fake-agent.ts";
import { type Home, makeHome, programCall } from "../support/home.ts";
import { startPty, withoutPty } from "../support/pty.ts";
import { startSshAgent, withoutSshAgent } from "../support/ssh-agent.ts";

const skip = withoutSshAgent();

/** A home whose file store the only key of an agent opens, with a session of my-role1 in it; a passphrase too if given. */
async function homeOpenedBy(t: TestContext, socket: string, passphrase?: string): Promise<Home> {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, env: { AWS_AS_PASSPHRASE: undefined, SSH_AUTH_SOCK: socket } });
  t.after(() => home.remove());
  const { unlocking } = fileStore({
    folder: join(home.path, ".aws", "aws-as", "store"),
    userId: process.getuid?.(),
    clock: systemClock,
    passphrase: async () => new Secret(passphrase ?? ""),
    agent: { socket, platform: process.platform },
    cost: { N: 1024, r: 8, p: 1 },
  });
  await unlocking.add({ kind: "ssh-agent" });
  if (passphrase !== undefined) await unlocking.add({ kind: "passphrase" });
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  return home;
}

async function agentWithKey(t: TestContext) {
  const agent = await startSshAgent();
  t.after(() => agent.stop());
  agent.add("-q", agent.makeKey("key"));
  return agent;
}

test("with a key in the ssh-agent a client gets credentials, nobody is asked and nothing is said", {
  skip,
}, async (t) => {
  const agent = await agentWithKey(t);
  const home = await homeOpenedBy(t, agent.socket);
  const { status, stdout, stderr } = await home.run(["process", "my-role1"]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.equal(JSON.parse(stdout).Version, 1);
  const runs = await Promise.all(Array.from({ length: 10 }, () => home.run(["process", "my-role1"])));
  assert.ok(runs.every((run) => run.stdout === stdout && run.stderr === ""));
});

test("without the key, and with nobody to ask, the first line says what is missing", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const home = await homeOpenedBy(t, agent.socket, "correct horse");
  agent.add("-q", "-D");
  const { status, stdout, stderr } = await home.run(["process", "my-role1"]);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(
    stderr,
    /^aws-as: error: the ssh-agent is locked or holds no key, and the file store needs SHA256:\S+ \(key\)\naws-as: hint: ssh-add {2}# SHA256:\S+ \(key\)\naws-as: hint: ssh-add -X/,
  );
  assert.match(stderr, /hint: read -rs AWS_AS_PASSPHRASE/);
  const env = { AWS_AS_PASSPHRASE: "correct horse" };
  assert.equal((await home.run(["process", "my-role1"], { env })).status, 0);
});

test("something that listens there and is no agent fails in one line, and soon", { skip }, async (t) => {
  const agent = await agentWithKey(t);
  const home = await homeOpenedBy(t, agent.socket);
  const fake = await startFakeAgent(t, (_, socket) => socket.write("220 smtp.example.com ESMTP\r\n"));
  const { status, stdout, stderr } = await home.run(["process", "my-role1"], {
    env: { SSH_AUTH_SOCK: fake.socket },
  });
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(
    stderr,
    /^aws-as: error: what listens at SSH_AUTH_SOCK does not answer as an ssh-agent does\n/,
  );
  assert.doesNotMatch(stderr, / at .*:\d+/);
});

const missing = ["gpg-agent", "gpgconf"].filter((name) => {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`]);
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0 && process.env["AWS_AS_TEST_ALL"] === "1")
  throw new Error(`not installed: ${missing}`);

test("gpg-agent is an ssh-agent too", {
  skip: skip || (missing.length > 0 && `NOT TESTED: ${missing.join(", ")} not installed`),
}, async (t) => {
  for (const type of [
    ["-t", "ed25519"],
    ["-t", "rsa", "-b", "3072"],
  ]) {
    const agent = await startSshAgent();
    t.after(() => agent.stop());
    const home = join(agent.folder, "gpg");
    mkdirSync(home, { mode: 0o700 });
    // It asks for a password to keep the key under, and for the same again to sign: a script gives it.
    const pinentry = join(home, "pinentry");
    const answers = 'GETPIN) echo "D password"; echo OK;; BYE) echo OK; exit;; *) echo OK;;';
    const script = `#!/bin/sh\necho OK\nwhile read -r word rest; do case $word in ${answers} esac; done\n`;
    writeFileSync(pinentry, script, { mode: 0o700 });
    writeFileSync(join(home, "gpg-agent.conf"), `enable-ssh-support\npinentry-program ${pinentry}\n`);
    const env = { PATH: process.env["PATH"] ?? "", GNUPGHOME: home, HOME: agent.folder };
    const gpgconf = (...args: string[]) => execFileSync("gpgconf", args, { env, encoding: "utf8" }).trim();
    gpgconf("--launch", "gpg-agent");
    t.after(() => {
      gpgconf("--kill", "gpg-agent");
    });
    const socket = gpgconf("--list-dirs", "agent-ssh-socket");
    agent.makeKey("key", ...type);
    execFileSync("ssh-add", ["-q", join(agent.folder, "key")], {
      env: { ...env, SSH_AUTH_SOCK: socket },
      stdio: "pipe",
    });
    assert.ok(readdirSync(home).includes("sshcontrol"));
    const opened = await homeOpenedBy(t, socket);
    assert.equal((await opened.run(["process", "my-role1"])).status, 0);
  }
});

for (const [withKey, choice] of [
  [true, "1"],
  [true, "2"],
  [false, undefined],
] as const) {
  test(`credentials-13: first use ${withKey ? `with a key in the agent, choice ${choice}` : "without an agent"}: what opens the store is settled before a code is asked for`, {
    skip: skip || withoutPty(),
  }, async (t) => {
    const agent = withKey ? await agentWithKey(t) : undefined;
    const fake = await startFakeAws({ world: worldOfOne() });
    t.after(() => fake.close());
    const home = makeHome({
      url: fake.url,
      env: { AWS_AS_PASSPHRASE: undefined, AWS_AS_STORE: undefined, SSH_AUTH_SOCK: agent?.socket },
    });
    t.after(() => home.remove());
    const pty = startPty(...programCall("login", "my-role1"), { env: home.env });
    t.after(() => pty.close());
    if (choice !== undefined) {
      await pty.waitFor(/1\. the ssh-agent's key SHA256:\S+ \(key\): no question/);
      await pty.waitFor("1 to 3:");
      assert.doesNotMatch(pty.output(), /MFA code/);
      pty.type(`${choice}\r`);
    }
    if (choice !== "1") {
      await pty.waitFor("New passphrase for the file store: ");
      assert.doesNotMatch(pty.output(), /MFA code/);
      pty.type("correct horse\r");
      await pty.waitFor("The same again: ");
      pty.type("correct horse\r");
    }
    await pty.waitFor("MFA code");
    pty.type(`${fake.code(one.mfaSerial)}\r`);
    await pty.waitFor('"my-role1" is good for');
    assert.equal((await pty.exit()).code, 0);
    const env = choice === "1" ? {} : { AWS_AS_PASSPHRASE: "correct horse" };
    const { status, stderr } = await home.run(["process", "my-role1"], { env });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(fake.requests.counts()["GetSessionToken"], 1);
  });
}

test("credentials-13: who chooses nothing on first use is asked for no code", {
  skip: skip || withoutPty(),
}, async (t) => {
  const agent = await agentWithKey(t);
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({
    url: fake.url,
    env: { AWS_AS_PASSPHRASE: undefined, AWS_AS_STORE: undefined, SSH_AUTH_SOCK: agent.socket },
  });
  t.after(() => home.remove());
  const pty = startPty(...programCall("login", "my-role1"), { env: home.env });
  t.after(() => pty.close());
  await pty.waitFor("1 to 3:");
  pty.press("ctrl-c");
  await pty.waitFor("nothing was chosen");
  assert.equal((await pty.exit()).code, 130);
  assert.doesNotMatch(pty.output(), /MFA code/);
  assert.equal(fake.requests.counts()["GetSessionToken"], undefined);
});
