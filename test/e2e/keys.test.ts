import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { type Home, makeHome, programCall } from "../support/home.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import { eventually, startPty, withoutPty } from "../support/pty.ts";

const config = `# mine
[profile my-user1]
region = eu-west-1
mfa_serial = ${one.mfaSerial}
`;
const credentials = `[my-user1]
aws_access_key_id = ${one.accessKeyId}
aws_secret_access_key = ${one.secretAccessKey}
; a remark
[another]
aws_access_key_id = AKIAANOTHER000000002
aws_secret_access_key = another/Secret+Key/0123456789ABCDEFGHIJK
`;

async function scene(
  t: TestContext,
  env: Record<string, string | undefined> = {},
): Promise<{ fake: FakeAws; home: Home }> {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config, credentials, env });
  t.after(() => home.remove());
  return { fake, home };
}

const keyJson = JSON.stringify({
  AccessKey: { AccessKeyId: one.accessKeyId, SecretAccessKey: one.secretAccessKey },
});

async function ok(home: Home, args: readonly string[], input?: string) {
  const run = await home.run(args, input === undefined ? {} : { input });
  assert.equal(run.status, 0, `${args.join(" ")}: ${run.stderr}`);
  assert.ok(!(run.stdout + run.stderr).includes(one.secretAccessKey), "a secret was shown");
  return run;
}

test("a key goes into the store, is used, and comes back, byte for byte", async (t) => {
  const { fake, home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1"]);
  assert.equal(
    readFileSync(home.credentialsFile, "utf8"),
    credentials.replace(/aws_access_key_id = AKIAFAKE.*\n.*0123456789AB\n/, ""),
  );
  assert.match(
    home.config(),
    /^# mine\n\[profile my-user1\]\n(.*\n)*\n\[aws-as my-user1\]\n# .*\naccess_key_id = AKIAFAKEUSER1KEY0001\n$/,
  );
  assert.deepEqual(foundOnDisk(home.path, one.secretAccessKey), []);

  await ok(home, ["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  const document = JSON.parse((await ok(home, ["process", "my-user1"])).stdout);
  assert.match(document.AccessKeyId, /^ASIA/);
  const { stdout } = await ok(home, ["keys", "list"]);
  assert.match(stdout, /^my-user1: …0001, in the file store, ~\/\.aws\/config:\d+, here for 0 days$/m);

  const again = await home.run(["keys", "import", "my-user1"]);
  assert.match(again.stderr, /the key of "my-user1" is in the store already \(…0001\)/);

  await ok(home, ["keys", "export", "my-user1", "--yes"]);
  assert.equal(home.config(), config);
  assert.deepEqual(
    readFileSync(home.credentialsFile, "utf8").split("\n").sort(),
    credentials.split("\n").sort(),
  );
  const status = await ok(home, ["status"]);
  assert.doesNotMatch(status.stdout, /session/, "the sessions of the key are forgotten");
});

test("every key at once; one that AWS does not take stays where it is", async (t) => {
  const { home } = await scene(t);
  const run = await home.run(["keys", "import", "--all"]);
  assert.equal(run.status, 1);
  assert.match(
    run.stderr,
    /left "another" \(~\/\.aws\/credentials:6\) where it is: AWS does not know the access key ending in "0002"/,
  );
  assert.match(run.stderr, /stored the key of "my-user1"/);
  assert.match(run.stderr, /^aws-as: error: 1 of the keys could not be imported; see above$/m);
  const left = readFileSync(home.credentialsFile, "utf8");
  assert.ok(left.includes("AKIAANOTHER000000002") && !left.includes(one.accessKeyId));
});

test("an import that other tools would break by is refused, unless the person agrees", {
  skip: withoutPty(),
}, async (t) => {
  const { home } = await scene(t);
  const role = `[profile my-role1]\nrole_arn = ${one.role1}\nsource_profile = my-user1\n`;
  home.writeConfig(config + role);
  const refused = await home.run(["keys", "import", "my-user1"]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /"my-role1" takes its credentials from "my-user1"/);
  assert.match(refused.stderr, /error: 1 profile of other tools would break: my-role1; nothing was changed/);
  assert.equal(readFileSync(home.credentialsFile, "utf8"), credentials);
  assert.equal(home.config(), config + role);

  const terminal = startPty(...programCall("keys", "import", "my-user1"), {
    cwd: home.path,
    env: home.env,
  });
  t.after(() => terminal.close());
  await terminal.waitFor("Import all the same");
  terminal.type("y\r");
  assert.equal((await terminal.exit()).code, 0, terminal.output());
  assert.ok(!readFileSync(home.credentialsFile, "utf8").includes(one.accessKeyId));
});

test("with --keep the lines stay, and count", async (t) => {
  const { home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1", "--keep"]);
  assert.equal(readFileSync(home.credentialsFile, "utf8"), credentials);
  assert.match((await ok(home, ["keys", "list"])).stdout, /not used: the lines in plain text count first/);
});

test("a secret that stands elsewhere in the files too is told", async (t) => {
  const { home } = await scene(t);
  writeFileSync(home.credentialsFile, `${credentials}# old: ${one.secretAccessKey}\n`);
  const { stderr } = await ok(home, ["keys", "import", "my-user1"]);
  assert.match(
    stderr,
    /the secret of "my-user1" still stands in ~\/\.aws\/credentials:6, perhaps in a comment/,
  );
});

test("a key is typed in, its secret not shown", { skip: withoutPty() }, async (t) => {
  const { home } = await scene(t);
  const terminal = startPty(...programCall("keys", "add", "fresh"), {
    cwd: home.path,
    env: home.env,
  });
  t.after(() => terminal.close());
  await terminal.waitFor("Access key id of fresh:");
  terminal.type("not an id\r");
  await terminal.waitFor("an access key id is 16 or more");
  terminal.type(`${one.accessKeyId}\r`);
  await terminal.waitFor("Secret access key (not shown):");
  terminal.type(`${one.secretAccessKey}\r`);
  assert.equal((await terminal.exit()).code, 0, terminal.output());
  assert.ok(!terminal.output().includes(one.secretAccessKey));
  assert.match(
    terminal.output(),
    /stored the key of arn:aws:iam::111111111111:user\/my-user1 \(…0001\) as "fresh"/,
  );
  assert.match(home.config(), /\[aws-as fresh\]\n# .*\naccess_key_id = AKIAFAKEUSER1KEY0001\n/);
  assert.deepEqual(foundOnDisk(home.path, one.secretAccessKey, [home.credentialsFile]), []);
});

test("Ctrl-C while a key is typed in changes nothing", { skip: withoutPty() }, async (t) => {
  const { home } = await scene(t);
  const terminal = startPty(...programCall("keys", "add", "fresh"), {
    cwd: home.path,
    env: home.env,
  });
  t.after(() => terminal.close());
  await terminal.waitFor("Access key id of fresh:");
  terminal.type(`${one.accessKeyId}\r`);
  await terminal.waitFor("Secret access key (not shown):");
  terminal.press("ctrl-c");
  assert.equal((await terminal.exit()).code, 130, terminal.output());
  assert.equal(home.config(), config);
});

test("a key from standard input is tried before it is kept", async (t) => {
  const { home } = await scene(t);
  const wrong = keyJson.replace("fake/Secret", "fake/secret");
  const refused = await home.run(["keys", "add", "fresh", "--stdin"], { input: wrong });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^aws-as: error: the secret of the access key ending in "0001" is wrong/);
  assert.equal(home.config(), config);
  await ok(home, ["keys", "add", "fresh", "--stdin"], keyJson);
  const rival = await home.run(["keys", "add", "my-user1", "--stdin"], { input: keyJson });
  assert.match(
    rival.stderr,
    /"my-user1" has keys in plain text, which count before those of the store: ~\/\.aws\/credentials:2/,
  );
});

test("a key is replaced on wish alone, and one that two profiles name stays until the last lets go", async (t) => {
  const { fake, home } = await scene(t);
  const user = fake.world.accounts[0]?.users[0];
  user?.accessKeys.push({
    id: "AKIASECOND0000000002",
    secret: "second/Secret+Key/0123456789ABCDEFGHIJKL",
    status: "active",
  });
  const second = JSON.stringify({
    AccessKeyId: "AKIASECOND0000000002",
    SecretAccessKey: "second/Secret+Key/0123456789ABCDEFGHIJKL",
  });
  await ok(home, ["keys", "add", "a", "--stdin"], keyJson);
  await ok(home, ["keys", "add", "b", "--stdin"], keyJson);
  const refused = await home.run(["keys", "add", "a", "--stdin"], { input: second });
  assert.match(refused.stderr, /"a" has another key in the store \(…0001\)/);
  await ok(home, ["keys", "add", "a", "--stdin", "--replace"], second);
  assert.match(
    (await ok(home, ["keys", "list"])).stdout,
    /^a: …0002, in the file store.*\nb: …0001, in the file store/m,
  );
  const removed = await ok(home, ["keys", "remove", "b", "--yes"]);
  assert.match(removed.stderr, /removed the key …0001 from the file store/);
  assert.doesNotMatch((await ok(home, ["keys", "list"])).stdout, /0001, in the file store/);
});

test("without a terminal nothing is removed or written in plain text without --yes", async (t) => {
  const { home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1"]);
  const before = home.config();
  for (const verb of ["remove", "export"]) {
    const run = await home.run(["keys", verb, "my-user1"]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, new RegExp(`there is no way to ask.*\\n.*aws-as keys ${verb} my-user1 --yes`));
  }
  assert.equal(home.config(), before);
});

test("--yes does not write out the key of a protected user, or for an agent: a person types its name", {
  skip: withoutPty(),
}, async (t) => {
  const { home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1"]);
  // The section of the key is the last.
  const imported = home.config();
  home.writeConfig(`${imported}protected = true\n\n[aws-as]\nlog = ~/.aws/aws-as/log.jsonl\n`);
  const exporting = ["keys", "export", "my-user1", "--yes"];
  const unattended = await home.run(exporting);
  assert.match(unattended.stderr, /^aws-as: error: "my-user1" is protected, and nobody can be asked/);
  home.writeConfig(`${imported}agents = no\n`);
  const agent = await home.run(exporting, { env: { CLAUDECODE: "1" } });
  assert.match(agent.stderr, /"my-user1" is not for coding agents/);
  assert.deepEqual([unattended.status, agent.status], [1, 1]);
  assert.deepEqual(foundOnDisk(home.path, one.secretAccessKey), []);

  home.writeConfig(`${imported}protected = true\n\n[aws-as]\nlog = ~/.aws/aws-as/log.jsonl\n`);
  const terminal = startPty(...programCall(...exporting), { cwd: home.path, env: home.env });
  t.after(() => terminal.close());
  await terminal.waitFor("Type my-user1 to agree:");
  terminal.type("my-user1\r");
  assert.equal((await terminal.exit()).code, 0, terminal.output());
  assert.ok(readFileSync(home.credentialsFile, "utf8").includes(one.secretAccessKey));
  const { stdout } = await ok(home, ["log", "--way", "export"]);
  assert.match(stdout, /my-user1/);
});

test("a key that AWS does not know yet is waited for: its secret may stand nowhere else", async (t) => {
  const { fake, home } = await scene(t);
  fake.rules.newKeyDelay = 1500;
  fake.setClock(Date.now(), { stopped: true });
  const fresh = fake.makeKey(one.userArn);
  const input = JSON.stringify({ AccessKeyId: fresh.id, SecretAccessKey: fresh.secret });
  const adding = ok(home, ["keys", "add", "fresh", "--stdin"], input);
  await eventually(() => fake.requests.count("GetCallerIdentity") > 0, "a first try of the key");
  fake.setClock(Date.now() + 1500, { stopped: true });
  const { stderr } = await adding;
  assert.match(stderr, /AWS does not know this key; waiting half a minute, in case it is new/);
});

test("a key that would not be used is told of before it is asked for", async (t) => {
  const { home } = await scene(t);
  home.writeConfig(`${config}[profile r]\nrole_arn = ${one.role1}\nsource_profile = my-user1\n`);
  const { stderr } = await ok(home, ["keys", "add", "r", "--stdin"], keyJson);
  assert.match(stderr, /warning: "r" is a role: a key is used there only for profiles that name it/);
});

test("a section that cannot be written stops before anything is read or stored", async (t) => {
  const { home } = await scene(t);
  home.writeConfig(`${config}[aws-as "q]\nmfa_serial = none\n`);
  const run = await home.run(["keys", "add", "q", "--stdin"], { input: keyJson });
  assert.match(run.stderr, /the section "\[aws-as q\]" exists already/);
  assert.doesNotMatch((await ok(home, ["keys", "list"])).stdout, /in the file store/);
});

test("a key comes out of the config file although there is no credentials file to write", async (t) => {
  const { home } = await scene(t, { AWS_SHARED_CREDENTIALS_FILE: "/dev/null" });
  const key = credentials.split("\n").slice(1, 3).join("\n");
  home.writeConfig(`${config}${key}\n`);
  await ok(home, ["keys", "import", "my-user1"]);
  assert.ok(!home.config().includes(one.secretAccessKey));
});

test("two keys under one name are refused before anything is stored", async (t) => {
  const { home } = await scene(t);
  const twice = `${credentials}[my-user1]\naws_access_key_id = AKIAANOTHER000000002\n`;
  writeFileSync(home.credentialsFile, twice);
  const run = await home.run(["keys", "import", "my-user1"]);
  assert.match(
    run.stderr,
    /credentials:2: another key of the same profile stands in ~\/\.aws\/credentials:9; remove the one that is not wanted/,
  );
  assert.equal(home.config(), config);
});

test("a [default] that [profile default] hides does not stand in the way", async (t) => {
  const { home } = await scene(t);
  const key = credentials.split("\n").slice(1, 3).join("\n");
  const hidden = "[default]\naws_access_key_id = AKIAANOTHER000000002\naws_secret_access_key = x\n";
  home.writeConfig(`${hidden}[profile default]\n${key}\n`);
  await ok(home, ["keys", "import", "default"]);
  assert.ok(home.config().startsWith(`${hidden}[profile default]\n\n[aws-as default]`));
});

test("a key that is imported over one in the store says where that is left", async (t) => {
  const { fake, home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1"]);
  const second = fake.makeKey(one.userArn);
  writeFileSync(
    home.credentialsFile,
    `[my-user1]\naws_access_key_id = ${second.id}\naws_secret_access_key = ${second.secret}\n`,
  );
  const { stderr } = await ok(home, ["keys", "import", "my-user1"]);
  assert.match(
    stderr,
    /the key that "my-user1" had in the store \(…0001\) stays there.*: aws-as keys remove 0001\n/,
  );
  await ok(home, ["keys", "remove", "0001", "--yes"]);
});

test("an import says how other tools are served from then on", async (t) => {
  const { home } = await scene(t);
  const { stderr } = await ok(home, ["keys", "import", "my-user1"]);
  assert.match(
    stderr,
    /find no credentials any more under "my-user1"; to serve them under the same names: aws-as init --adopt my-user1\n/,
  );
  await ok(home, ["init", "my-user1"]);
  await ok(home, ["keys", "export", "my-user1", "--yes"]);
  const again = await ok(home, ["keys", "import", "my-user1"]);
  assert.match(
    again.stderr,
    /any more under "my-user1", but under as-my-user1; to serve them .*: aws-as init --adopt my-user1\n/,
  );
  await ok(home, ["init", "--adopt", "my-user1"]);
  await ok(home, ["keys", "export", "my-user1", "--yes"]);
  const served = await ok(home, ["keys", "import", "my-user1"]);
  assert.doesNotMatch(served.stderr, /other tools find no/);
});

test("what is said of a key that leaves is true where another profile or another store has it", async (t) => {
  const { home } = await scene(t);
  await ok(home, ["keys", "add", "a", "--stdin"], keyJson);
  await ok(home, ["keys", "add", "b", "--stdin"], keyJson);
  const exported = await ok(home, ["keys", "export", "a", "--yes"]);
  assert.match(exported.stderr, /the key …0001 stays in the store for b\n/);
  const elsewhere = { env: { AWS_AS_DIR: `${home.path}/elsewhere` } };
  const missing = await home.run(["process", "b"], elsewhere);
  assert.match(missing.stderr, /is not in the file store\n.*AWS_AS_STORE=keychain or AWS_AS_STORE=pass/);
  const removed = await home.run(["keys", "remove", "b", "--yes"], elsewhere);
  assert.match(
    removed.stderr,
    /the key …0001 was not in the file store; if it is in another one, it is still there/,
  );
  assert.match((await ok(home, ["keys", "list"])).stdout, /^\(no profile\): …0001, in the file store/m);
});

test("a key is not written beside a session token, with which nothing could use it", async (t) => {
  const { home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1"]);
  writeFileSync(home.credentialsFile, "[my-user1]\naws_session_token = left\n");
  const run = await home.run(["keys", "export", "my-user1", "--yes"]);
  assert.match(run.stderr, /a session token of "my-user1" stands in ~\/\.aws\/credentials:2/);
  assert.match((await ok(home, ["keys", "list"])).stdout, /^my-user1: …0001, in the file store/m);
});

test("symbolic links in a circle are told, and no bug", async (t) => {
  const { home } = await scene(t);
  rmSync(home.credentialsFile);
  symlinkSync("credentials", home.credentialsFile);
  const run = await home.run(["keys", "import", "my-user1"]);
  assert.equal(run.status, 1, run.stderr);
  assert.match(run.stderr, /could not read "~\/\.aws\/credentials": its symbolic links lead in a circle/);
});

test("one file for both, Windows line ends and capital letters: in and out again", async (t) => {
  const { home } = await scene(t, { AWS_AS_STORE: "file" });
  const id = `AWS_Access_Key_Id=${one.accessKeyId}\r\n`;
  const secret = `AWS_SECRET_ACCESS_KEY=${one.secretAccessKey}\r\n`;
  const rest = "region=eu-west-1\r\n[profile x]\r\nregion=a\r\n";
  home.writeConfig(`[default]\r\n${id}${secret}${rest}`);
  home.env["AWS_SHARED_CREDENTIALS_FILE"] = home.configFile;
  await ok(home, ["keys", "import", "default"]);
  assert.ok(!home.config().includes(one.secretAccessKey));
  await ok(home, ["keys", "export", "default", "--yes"]);
  const sorted = (text: string) => text.toLowerCase().replaceAll(" = ", "=").split("\r\n").sort();
  assert.deepEqual(sorted(home.config()), sorted(`[default]\r\n${id}${secret}${rest}`));
});

test("what a killed run left of the config file goes with the next key command", async (t) => {
  const { home } = await scene(t);
  const { pid } = spawnSync("true");
  const left = join(home.path, ".aws", `.config.aws-as-${pid}-0123456789ab.tmp`);
  const alive = join(home.path, ".aws", `.config.aws-as-${process.pid}-0123456789ab.tmp`);
  for (const path of [left, alive]) writeFileSync(path, one.secretAccessKey);
  await ok(home, ["keys", "import", "my-user1"]);
  assert.deepEqual([existsSync(left), existsSync(alive)], [false, true]);
});

test("a long-term key survives logout --all", async (t) => {
  const { fake, home } = await scene(t);
  await ok(home, ["keys", "import", "my-user1"]);
  await ok(home, ["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
  const { stderr } = await ok(home, ["logout", "--all"]);
  assert.doesNotMatch(stderr, /long-term/);
  assert.match((await ok(home, ["keys", "list"])).stdout, /in the file store/);
});

test("a key that the store does not have is told with its place", async (t) => {
  const { home } = await scene(t);
  home.writeConfig(`${config}[aws-as lost]\naccess_key_id = AKIALOST000000000003\n`);
  const run = await home.run(["process", "lost"]);
  assert.equal(run.status, 1);
  assert.match(
    run.stderr,
    /^aws-as: error: the long-term key of "lost" \(…0003, ~\/\.aws\/config:6\) is not in the file store\n/,
  );
  assert.match(run.stderr, /aws-as keys add lost/);
});

test("keys rest in the keychain as well", { skip: keyringSkip() }, async (t) => {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const { home } = await scene(t, {
    ...keyring.environment,
    AWS_AS_STORE: undefined,
    AWS_AS_PASSPHRASE: undefined,
  });
  home.env["HOME"] = home.path;
  await ok(home, ["keys", "import", "my-user1"]);
  assert.match((await ok(home, ["keys", "list"])).stdout, /^my-user1: …0001, in the keychain/m);
  assert.deepEqual(foundOnDisk(home.path, one.secretAccessKey), []);
  await ok(home, ["keys", "export", "my-user1", "--yes"]);
  assert.equal(home.config(), config);
});
