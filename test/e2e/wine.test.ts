import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { worldOfKeys } from "../support/aws/world-of-keys.ts";
import { awsFilesOfOne, one } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { withoutPty } from "../support/pty.ts";
import { startWine, type Wine, whenListening, withoutWine } from "../support/wine/wine.ts";

// Windows' Node.js, keytar and the lock's addon, in a wine of their own: all that a person called Jane Doe does.

const skip = withoutWine() || withoutPty();
let started: Promise<Wine> | undefined;
let end: unknown;
after(() => (end as (() => void) | undefined)?.());
/** One for all tests, which takes ten seconds to start. */
const windows = () => {
  started ??= startWine({
    after: (clear) => {
      end = clear;
    },
  });
  return started;
};

interface Scene {
  readonly wine: Wine;
  readonly fake: FakeAws;
  readonly files: { readonly config: string; readonly credentials: string };
  read(name: "config" | "credentials"): string;
  /** Runs aws-as; it must succeed. */
  ok(...words: readonly string[]): Promise<string>;
  /** The command of a profile. */
  commandOf(profile: string): string;
}

/** Jane's files, with the line ends of Windows, and the AWS that knows her. */
async function scene(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const fake = await startFakeAws({
    world: worldOfKeys({ mfa: true }),
    rules: { skewSeconds: Number.POSITIVE_INFINITY },
  });
  t.after(() => fake.close());
  const wine = await windows();
  const folder = join(wine.home, ".aws");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const { config, credentials } = awsFilesOfOne({ endpointUrl: fake.url });
  const files = { config: crlf(`# mine\n${config}`), credentials: crlf(credentials) };
  writeFileSync(join(folder, "config"), files.config);
  writeFileSync(join(folder, "credentials"), files.credentials);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    wine,
    fake,
    files,
    read,
    ok: async (...words) => {
      const { status, stdout, stderr } = await wine.run(wine.node, [wine.script, ...words], { env });
      assert.equal(status, 0, `${words.join(" ")}: ${stderr}`);
      return stdout;
    },
    commandOf: (profile) => {
      const section = read("config").split(`[profile ${profile}]\r\n`)[1] ?? "";
      return /^credential_process = (.*)\r$/m.exec(section)?.[1] ?? "";
    },
  };
}

const crlf = (text: string) => text.replaceAll("\n", "\r\n");

test("init writes what a person's name with a blank allows, clients run it, and --remove gives each byte back", {
  skip,
}, async (t) => {
  const { wine, fake, files, read, ok, commandOf } = await scene(t);
  await ok("init");
  const command = commandOf("as-my-role1");
  assert.match(command, /^\S+\\env\.cmd \S+\\node\.exe \S+\\aws-as\.cjs process my-role1$/);
  assert.doesNotMatch(read("config"), /[^\r]\n/, "all lines end as the others");
  await ok("login", "my-role1", "--code", fake.code(one.mfaSerial));
  // As JavaScript and Go run it, in a project whose variables would print before the document.
  writeFileSync(join(wine.drive, "noise.cjs"), "console.log('noise')");
  const { status, stdout, stderr } = await wine.cmd(command, { env: { NODE_OPTIONS: "-r C:\\noise.cjs" } });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(JSON.parse(stdout).AccessKeyId, /^ASIA/);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
  await ok("init", "--remove");
  assert.deepEqual(read("config"), files.config);
});

test("a code is typed on the console, and Ctrl-C there ends the question", { skip }, async (t) => {
  const { wine, fake } = await scene(t);
  const cancelled = await wine.console("login", "my-role1");
  await cancelled.waitFor("MFA code for my-user1");
  await whenListening(cancelled);
  cancelled.press("ctrl-c");
  assert.equal((await cancelled.exit()).code, 130, cancelled.output());
  const console = await wine.console("login", "my-role1");
  await console.waitFor("MFA code for my-user1");
  await whenListening(console);
  console.type(`${fake.code(one.mfaSerial)}\r`);
  assert.equal((await console.exit()).code, 0, console.output());
  assert.match(console.output(), /"my-role1" is good for/);
});

test("a key goes through the Credential Manager: typed unseen, imported, rotated and given back", {
  skip,
}, async (t) => {
  const { wine, fake, files, read, ok } = await scene(t);
  const config = `${files.config}\r\n[profile typed]\r\nregion = eu-west-1\r\nendpoint_url = ${fake.url}\r\n`;
  writeFileSync(join(wine.home, ".aws", "config"), config);
  const typing = await wine.console("keys", "add", "typed");
  await typing.waitFor("Access key id of typed:");
  await whenListening(typing);
  typing.type(`${one.accessKeyId}\r`);
  await typing.waitFor("(not shown):");
  typing.type(`wrong\b\b\b\b\b${one.secretAccessKey}\r`);
  assert.equal((await typing.exit()).code, 0, typing.output());
  assert.ok(!typing.rawOutput().includes(one.secretAccessKey.slice(0, 8)), "the secret was shown");
  await ok("keys", "remove", "typed", "--yes");

  await ok("keys", "import", "my-user1", "--force");
  assert.doesNotMatch(read("credentials"), /aws_secret/);
  assert.deepEqual(foundOnDisk(wine.home, one.secretAccessKey), []);
  await ok("login", "my-role1", "--code", fake.code(one.mfaSerial));
  await ok("keys", "rotate", "my-user1");
  const [key] = (fake.world.accounts[0]?.users[0]?.accessKeys ?? []).filter(
    ({ id }) => id !== one.accessKeyId,
  );
  await ok("keys", "export", "my-user1", "--yes");
  const renewed = files.credentials
    .replace(one.accessKeyId, key?.id ?? "")
    .replace(one.secretAccessKey, key?.secret ?? "");
  assert.deepEqual(read("credentials"), renewed);
  assert.deepEqual(read("config"), config);
});

test("the file store's new passphrase is typed unseen", { skip }, async (t) => {
  const { wine, read } = await scene(t);
  const console = await wine.console("store", "setup", "file", "--passphrase");
  await console.waitFor("New passphrase for the file store:");
  await whenListening(console);
  console.type("correct horse\r");
  await console.waitFor("The same again:");
  console.type("correct horse\r");
  assert.equal((await console.exit()).code, 0, console.output());
  assert.ok(!console.rawOutput().includes("horse"), "the passphrase was shown");
  assert.match(read("config"), /^store = file\r$/m);
});

test("twenty programs that find nothing in the store ask AWS once", { skip }, async (t) => {
  const { wine, fake, ok } = await scene(t);
  await ok("login", "my-role1", "--code", fake.code(one.mfaSerial));
  const calls = Array.from({ length: 20 }, () => wine.awsAs("process", "my-role2"));
  const answers = await Promise.all(calls);
  assert.deepEqual([...new Set(answers.map(({ status, stderr }) => `${status} ${stderr}`))], ["0 "]);
  assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2 });
});

test("cmd.exe runs what env prints, a failure leaves ERRORLEVEL 1, and hints are in its own words", {
  skip,
}, async (t) => {
  const { wine, fake, ok } = await scene(t);
  await ok("login", "my-role1", "--code", fake.code(one.mfaSerial));
  // Wine's own `for /f` runs no line with words; what runs each line here is `call`.
  const { stdout } = await wine.batch([
    "@echo off",
    "set AWS_PROFILE=left",
    "call aws-as env my-role1 > lines.cmd",
    "call lines.cmd",
    "echo [%ERRORLEVEL%] [%AWS_PROFILE%] [%AWS_AS_IDENTITY%] %AWS_ACCESS_KEY_ID%",
    "call aws-as env nobody > lines.cmd",
    "call lines.cmd",
    "echo [%ERRORLEVEL%] %AWS_ACCESS_KEY_ID%",
  ]);
  const [good = "", bad] = stdout.split("\r\n");
  const [, id] = /^\[0\] \[\] \[my-role1\] (ASIA\w+)$/.exec(good) ?? [];
  assert.ok(id, stdout);
  assert.equal(bad, `[1] ${id}`);

  const none = await wine.run(wine.node, [wine.script, "store", "setup", "file", "--passphrase"], {
    env: { AWS_AS_PROMPT: "none" },
  });
  assert.match(none.stderr, /hint: set \/p AWS_AS_PASSPHRASE=$/m);
});
