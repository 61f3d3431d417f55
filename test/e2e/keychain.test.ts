import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { type Keyring, keyringSkip, startKeyring } from "../support/keyring.ts";
import { withoutPty } from "../support/pty.ts";

const skip = keyringSkip();
const onTerminal = skip || withoutPty();

/** A desk whose store is the default one, with this keyring. */
async function withKeyring(t: TestContext, daemon?: Parameters<typeof startKeyring>[0]) {
  const keyring = await startKeyring(daemon);
  t.after(() => keyring.stop());
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const env = {
    AWS_AS_STORE: undefined,
    AWS_AS_PASSPHRASE: undefined,
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
  };
  return { keyring, desk: await makeDesk(t, { env }) };
}

async function login({ alone, fake }: Desk, name = "my-role1") {
  const run = await alone("aws-as", ["login", name, "--code", fake.code(one.mfaSerial)]);
  assert.equal(run.status, 0, run.stderr);
}

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test("sessions lie in the keyring, and nothing secret lies in the home", { skip }, async (t) => {
  const { keyring, desk } = await withKeyring(t);
  await login(desk);
  for (const name of ["my-role1", "my-role2"]) {
    const run = await desk.alone("aws-as", ["process", name]);
    assert.deepEqual([run.status, run.stderr], [0, ""]);
  }

  const ours = join(desk.home.path, ".aws", "aws-as");
  assert.deepEqual(readdirSync(ours).sort(), ["index", "locks", "notes"]);
  for (const path of filesBelow(ours)) assert.equal(statSync(path).mode & 0o777, 0o600, path);

  const names = filesBelow(join(ours, "index")).map((path) => JSON.parse(readFileSync(path, "utf8")).name);
  assert.equal(names.length, 3);
  if (installed("secret-tool", t)) {
    for (const name of names) {
      const lookup = ["lookup", "service", "aws-as", "account", name];
      const { stdout } = spawnSync("secret-tool", lookup, { env: keyring.environment, encoding: "utf8" });
      assert.match(stdout, /^aws-as 1\n\{.*"accessKeyId":"ASIA[A-Z0-9]{16}"/);
    }
  }

  // The user's own files are the user's; a code of six digits may stand in any number.
  const own = [desk.home.configFile, desk.home.credentialsFile];
  const canaries = desk.fake.secrets().filter((secret) => secret.length > 6);
  assert.ok(canaries.length >= 8);
  const found = [...filesBelow(desk.home.path), ...filesBelow(keyring.home)]
    .filter((path) => !own.includes(path))
    .filter((path) => {
      const text = readFileSync(path, "latin1");
      return canaries.some((secret) => text.includes(secret) || text.includes(btoa(secret)));
    });
  assert.deepEqual(found, []);
});

const nowhere = /^aws-as: error: nowhere to keep secrets: no keychain in this session: /;
const noKeyring = /^aws-as: error: nowhere to keep secrets: the keychain has no default keyring yet\n/;
const elsewhere = /\naws-as: hint: an encrypted file(?: instead)?, .*: aws-as store setup/;

interface Failure {
  readonly name: string;
  readonly daemon?: Parameters<typeof startKeyring>[0];
  /** With sessions in the keyring. */
  readonly warm?: boolean;
  readonly strike?: (keyring: Keyring) => unknown;
  readonly env?: Record<string, string>;
  readonly says: RegExp;
}

const failures: readonly Failure[] = [
  {
    name: "a locked keyring with sessions",
    warm: true,
    strike: (it) => it.lock(),
    says: /^aws-as: error: the keychain is locked \(no display to ask on\)\naws-as: hint: unlock the keyring/,
  },
  {
    name: "a locked keyring without sessions",
    strike: (it) => it.lock(),
    says: /^aws-as: error: the keychain is locked \(no display to ask on\)\naws-as: hint: unlock the keyring/,
  },
  {
    name: "a daemon that hangs",
    warm: true,
    strike: (it) => it.freeze(),
    says: /^aws-as: error: the keychain did not answer in time \(no answer within 3 s\)/,
  },
  { name: "a daemon that was killed", warm: true, strike: (it) => it.killDaemon(), says: nowhere },
  { name: "no default keyring", daemon: "new", says: noKeyring },
  { name: "a bus without keyring", daemon: "none", says: nowhere },
  { name: "a bus that is gone", env: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" }, says: nowhere },
  {
    name: "no bus",
    env: { DBUS_SESSION_BUS_ADDRESS: "", XDG_RUNTIME_DIR: "/nonexistent" },
    says: nowhere,
  },
];
for (const { name, daemon, warm, strike, env, says } of failures) {
  test(`${name}: process, env and login fail soon, and say what to do`, { skip }, async (t) => {
    const { keyring, desk } = await withKeyring(t, daemon);
    if (warm) await login(desk);
    await strike?.(keyring);
    t.after(() => keyring.thaw());
    const code = desk.fake.code(one.mfaSerial);
    for (const [args, stdout] of [
      [["process", "my-role1"], ""],
      [["env", "my-role1"], "false;\n"],
      [["login", "my-role1", "--code", code], ""],
    ] as const) {
      const began = performance.now();
      const run = await desk.alone("aws-as", args, env);
      // Three seconds for the keychain; D-Bus itself would wait for 25.
      assert.ok(performance.now() - began < 24_000, args.join(" "));
      assert.deepEqual([run.status, run.signal, run.stdout], [1, null, stdout], run.stderr);
      assert.match(run.stderr, says);
      assert.match(run.stderr, elsewhere);
      assert.doesNotMatch(run.stderr, /is good for/);
    }
  });
}

for (const [how, strike] of [
  ["hangs", "freeze"],
  ["is locked", "lock"],
] as const) {
  test(`a keyring that ${how} while the code is typed costs no session`, { skip: onTerminal }, async (t) => {
    for (const [command, answer] of [
      ["aws-as process my-role1", /\n\{"Version":1,[^\n]*\}\n$/],
      [
        "eval $(aws-as env my-role1)",
        /\naws-as: warning: got a session for "my-role1" but could not save it \(the keychain [^\n]*\); you will be asked again\n$/,
      ],
      ["aws-as login my-role1", /\naws-as: error: got a session for "my-role1" but could not save it \(/],
    ] as const) {
      const { keyring, desk } = await withKeyring(t);
      const shell = await desk.terminal("bash");
      t.after(() => keyring.thaw());
      shell.type(`${command}\r`);
      await shell.waitFor("): ");
      await keyring[strike]();
      shell.type(`${desk.fake.code(one.mfaSerial)}\r`);
      const told = (await shell.waitForPrompt()).replace(/pty-ready> $/, "");
      const status = (await shell.run("echo status $?")).trim();
      // Whether it matches, and not the text: secrets stand in it.
      assert.ok(answer.test(told), `${command}: not as expected`);
      assert.equal(status, command.includes("login") ? "status 1" : "status 0");
      if (command.startsWith("eval")) {
        assert.equal((await shell.run("printenv AWS_AS_IDENTITY")).trim(), "my-role1");
      }
    }
  });
}

test("a keyring that dies while the code is typed gives way to the file store", {
  skip: onTerminal,
}, async (t) => {
  const { keyring, desk } = await withKeyring(t);
  const shell = await desk.terminal("bash");
  shell.type("aws-as login my-role1\r");
  await shell.waitFor("): ");
  await keyring.killDaemon();
  shell.type(`${desk.fake.code(one.mfaSerial)}\r`);
  for (const question of ["New passphrase for the file store: ", "The same again: "]) {
    await shell.waitFor(question);
    shell.type("correct horse\r");
  }
  const told = await shell.waitForPrompt();
  assert.match(told, /^\n+aws-as: "my-role1" is good for /);
  assert.ok(!shell.output().includes("correct horse"));
  const next = await desk.alone("aws-as", ["process", "my-role1"], { AWS_AS_PASSPHRASE: "correct horse" });
  assert.deepEqual([next.status, next.stderr], [0, ""]);
  assert.equal(desk.fake.requests.counts()["GetSessionToken"], 1);
});

test("attack-06: a no to the passphrase of a file store comes before the code", {
  skip: onTerminal,
}, async (t) => {
  const { desk } = await withKeyring(t, "none");
  const shell = await desk.terminal("bash");
  shell.type("aws-as login my-role1\r");
  await shell.waitFor("New passphrase for the file store: ");
  shell.press("ctrl-d");
  assert.match(await shell.waitForPrompt(), /\naws-as: error: no passphrase given for the file store\n/);
  assert.equal((await shell.run("echo status $?")).trim(), "status 130");
  assert.deepEqual(desk.fake.requests.counts(), {});
});

test("credentials-13: without a default keyring no code is spent", { skip: onTerminal }, async (t) => {
  const { desk } = await withKeyring(t, "new");
  const code = desk.fake.code(one.mfaSerial);
  for (const [args, env] of [
    [["login", "my-role1", "--code", code], {}],
    [["process", "my-role1"], { AWS_AS_MFA_CODE: code }],
  ] as const) {
    const run = await desk.alone("aws-as", args, env);
    assert.deepEqual([run.status, run.stdout], [1, ""]);
    assert.match(run.stderr, noKeyring);
    assert.match(run.stderr, elsewhere);
  }
  assert.deepEqual(desk.fake.requests.counts(), {});
});
