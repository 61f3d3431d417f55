import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileStore } from "../../src/store/file/file.ts";
import { systemClock } from "../../src/system/clock.ts";
import { Secret } from "../../src/system/secret.ts";
import { startFakeAws } from "../support/aws/fake-aws.ts";
import { awsFilesOfOne, one, worldOfOne } from "../support/aws/world-of-one.ts";
import { holdsSecret } from "../support/canary.ts";
import { type Home, makeHome, programCall } from "../support/home.ts";
import { keyringSkip, startKeyring } from "../support/keyring.ts";
import { startPty, withoutPty } from "../support/pty.ts";

const more = `
[profile as-my-role2]
credential_process = /usr/local/bin/aws-as process my-role2

[profile sso-dev]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 333333333333
sso_role_name = Developer

[profile sso-role]
role_arn = arn:aws:iam::444444444444:role/deploy
source_profile = sso-dev

[profile tool]
credential_process = /opt/get-keys --password ${one.secretAccessKey}

[profile broken]
role_arn = arn:aws:iam::111111111111:role/x
source_profile = my-user9
`;

async function scene(t: TestContext) {
  const fake = await startFakeAws({ world: worldOfOne() });
  t.after(() => fake.close());
  const home = makeHome({ url: fake.url, config: awsFilesOfOne().config + more, newStore: true });
  t.after(() => home.remove());
  return { fake, home };
}

/** What a person sees on a terminal so wide. */
async function onTerminal(home: Home, args: readonly string[], columns: number) {
  const pty = startPty(...programCall(...args), { env: home.env, cwd: home.path, columns });
  const { code } = await pty.exit();
  return { code, text: pty.output(), raw: pty.rawOutput() };
}

/** Lets a session have ended. */
async function endSession(home: Home, label: string): Promise<void> {
  const store = fileStore({
    folder: join(home.path, ".aws", "aws-as", "store"),
    userId: process.getuid?.(),
    clock: systemClock,
    passphrase: async () => new Secret(home.env["AWS_AS_PASSPHRASE"] ?? ""),
  });
  const item = (await store.list()).find((each) => each.label.includes(label));
  assert.ok(item, `no session of ${label}`);
  const expiresAt = Date.now() - 120_000;
  const record = JSON.parse((await store.read(item.name)) ?? "");
  await store.write({ ...item, expiresAt }, JSON.stringify({ ...record, expiresAt }));
}

test("explain and list tell of cached, ended, chained and foreign sessions, and call nobody", async (t) => {
  const { fake, home } = await scene(t);
  const explained = async (name: string) => {
    const { status, stdout, stderr } = await home.run(["explain", name, "--json"]);
    assert.deepEqual([status, stderr], [0, ""]);
    return JSON.parse(stdout);
  };
  const before = await explained("my-role3");
  assert.equal(before.now.outcome, "ask");
  assert.equal(before.store.state, "not-set-up");
  assert.deepEqual(before.now.asks, [
    {
      kind: "code",
      device: one.mfaSerial,
      certain: true,
      way: "cannot-ask",
      window: null,
      because: "there is no terminal",
    },
  ]);
  assert.deepEqual(fake.requests.counts(), {});

  const login = await home.run(["login", "my-role3", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  const counts = fake.requests.counts();
  await endSession(home, "my-role3 in");

  const chained = await explained("my-role3");
  assert.equal(chained.now.outcome, "renew");
  assert.deepEqual(
    chained.steps.map(({ forecast, session }: { forecast: string; session: { left: number } }) => [
      forecast,
      Math.sign(session.left),
    ]),
    [
      ["idle", 1],
      ["reuse", 1],
      ["call", -1],
    ],
  );
  assert.ok(Math.abs(chained.now.nextCode.left - 43_200) < 120, chained.now.nextCode.left);
  assert.deepEqual((await explained("as-my-role2")).profiles, [
    { name: "as-my-role2", at: "~/.aws/config:29", adopted: false },
  ]);
  assert.deepEqual((await explained("sso-role")).now.asks, [
    { kind: "sign-in", to: "https://corp.awsapps.com/start" },
  ]);

  const list = await home.run(["list"]);
  assert.deepEqual([list.status, list.stderr], [0, ""]);
  const rows = list.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) =>
      line.split("\t").map((field) => field.replace(/^11 h 5\d min$/, "12 h").replace(/^5\d min$/, "1 h")),
    );
  assert.deepEqual(rows, [
    ["my-user1", "user", "111111111111", "my-user1", "12 h", "-", "-", "-", "-"],
    ["my-role1", "role", "111111111111", "my-user1", "1 h", "12 h", "-", "-", "-"],
    ["my-role2", "role", "111111111111", "my-user1", "-", "12 h", "as-my-role2", "-", "-"],
    ["my-role3", "role", "111111111111", "my-user1", "ended", "12 h", "-", "-", "-"],
    ["partner", "role", "222222222222", "my-user1", "-", "12 h", "-", "-", "-"],
    ["sso-dev", "external", "333333333333", "-", "-", "-", "-", "-", "-"],
    ["sso-role", "role", "444444444444", "-", "-", "-", "-", "-", "-"],
    ["tool", "external", "-", "-", "-", "-", "-", "-", "-"],
    [
      "broken",
      "role",
      "-",
      "-",
      "-",
      "-",
      "-",
      '~/.aws/config:46: profile "broken" names "my-user9" as source_profile, and there is no such profile',
      "-",
    ],
  ]);

  // What they foresee is what happens.
  const { status } = await home.run(["process", "my-role3"]);
  assert.equal(status, 0);
  assert.deepEqual(fake.requests.counts(), { ...counts, AssumeRole: (counts["AssumeRole"] ?? 0) + 1 });
});

test("no secret is in what they say", async (t) => {
  const { fake, home } = await scene(t);
  await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  const { stdout } = await home.run(["process", "my-role1"]);
  const session = JSON.parse(stdout);
  const secrets = [one.secretAccessKey, session.SecretAccessKey, session.SessionToken, "correct horse"];
  const commands = [["list"], ...["my-role1", "tool", "sso-role", "broken"].map((name) => ["explain", name])];
  for (const command of commands.flatMap((words) => [words, [...words, "--json"]])) {
    const run = await home.run(command, { env: { AWS_AS_DEBUG: "1" } });
    for (const secret of secrets) {
      assert.ok(!holdsSecret(Buffer.from(run.stdout + run.stderr), secret), command.join(" "));
    }
    assert.ok(!`${run.stdout}${run.stderr}`.includes(session.AccessKeyId), command.join(" "));
  }
});

test("on a terminal: boxes, colours unless they are not wanted, and lines as wide as it is", {
  skip: withoutPty(),
}, async (t) => {
  const { fake, home } = await scene(t);
  await home.run(["login", "my-role3", "--code", fake.code(one.mfaSerial)]);
  const wide = await onTerminal(home, ["list"], 132);
  assert.equal(wide.code, 0);
  assert.match(wide.text, /^│ {2}└─ my-role3 +111111111111 {2}█{8} 5\d min +my-user1 +-$/m);
  assert.ok(wide.raw.includes("\u001b["));
  const narrow = await onTerminal(home, ["list"], 50);
  for (const line of narrow.text.split("\n")) assert.ok([...line].length <= 50, line);
  assert.match(narrow.text, /^├─ my-role2 /m);

  const explained = await onTerminal(home, ["explain", "my-role1"], 100);
  assert.match(explained.text, /^├─ 1\. GetSessionToken for 12 h$/m);
  assert.match(
    explained.text,
    /^now: nobody is asked, the cached session is good for 5\d min; a code is needed again in 11 h 5\d min$/m,
  );

  Object.assign(home.env, { NO_COLOR: "1", LC_ALL: "C" });
  for (const args of [["list"], ["explain", "my-role1"]]) {
    const { raw } = await onTerminal(home, args, 100);
    assert.ok(!raw.includes("\u001b["), raw);
    assert.match(raw, /^[|`]/m);
  }
  delete home.env["NO_COLOR"];
  const piped = await home.run(["list"]);
  assert.match(piped.stdout, /^[\t\n\x20-\x7e]+$/);
});

test("a code is said to be asked for on the terminal that explain runs on, in the way that would be taken", {
  skip: withoutPty(),
}, async (t) => {
  const { home } = await scene(t);
  const now = async () => (await onTerminal(home, ["explain", "my-user1"], 200)).text.split("\n")[1] ?? "";
  assert.match(await now(), /is needed, and is asked for on this terminal$/);
  home.env["AWS_AS_MFA_PROCESS"] = "oathtool --secret canary";
  assert.match(await now(), /is needed, and mfa_process gives it$/);
  home.env["AWS_AS_PROMPT"] = "none";
  assert.match(await now(), /is needed, and nobody can be asked here: AWS_AS_PROMPT is "none"$/);
  home.env["AWS_AS_PROMPT"] = "shouting";
  assert.match(
    await now(),
    /nobody can be asked here: AWS_AS_PROMPT is "shouting", which is no known way to ask$/,
  );
});

test("a store that cannot be looked into is told of, and nothing fails", async (t) => {
  const { fake, home } = await scene(t);
  await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  const cases: [Record<string, string | undefined>, string | null, RegExp][] = [
    [{ AWS_AS_PASSPHRASE: undefined }, "file", /^store: {4}file store \(AWS_AS_STORE\)/m],
    [
      { AWS_AS_STORE: "attic" },
      null,
      /^store: {4}none \(AWS_AS_STORE\): AWS_AS_STORE: unknown store "attic"$/m,
    ],
    [{ AWS_AS_STORE: "keychain" }, "keychain", /^store: {4}keychain \(AWS_AS_STORE\), absent: /m],
  ];
  for (const [env, kind, line] of cases) {
    const words = await home.run(["explain", "my-role1"], { env });
    assert.equal(words.status, 0, words.stderr);
    assert.match(words.stdout, line, JSON.stringify(env));
    const list = await home.run(["list", "--json"], { env });
    assert.equal(list.status, 0, list.stderr);
    assert.equal(JSON.parse(list.stdout).store.kind, kind);
  }
  // A locked file store still lists: names and ends are no secret.
  const locked = await home.run(["list"], { env: { AWS_AS_PASSPHRASE: undefined } });
  assert.match(locked.stdout, /^my-role1\trole\t.*\t5\d min\t/m);
  if (process.getuid?.() !== 0) {
    chmodSync(join(home.path, ".aws", "aws-as", "store"), 0);
    const closed = await home.run(["list"]);
    assert.deepEqual([closed.status, /no sessions are shown/.test(closed.stderr)], [0, true]);
    chmodSync(join(home.path, ".aws", "aws-as", "store"), 0o700);
  }
});

test("a keychain that is locked still tells what it has, is told of, and stays locked", {
  skip: keyringSkip(),
}, async (t) => {
  const keyring = await startKeyring();
  t.after(() => keyring.stop());
  const { fake, home } = await scene(t);
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = keyring.environment;
  const env = {
    AWS_AS_STORE: undefined,
    AWS_AS_PASSPHRASE: undefined,
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
  };
  const login = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)], { env });
  assert.equal(login.status, 0, login.stderr);
  const open = await home.run(["explain", "my-role1"], { env });
  assert.match(open.stdout, /^store: {4}keychain$/m);
  await keyring.lock();
  const locked = await home.run(["explain", "my-role1"], { env });
  assert.deepEqual([locked.status, locked.stderr], [0, ""]);
  assert.match(locked.stdout, /^store: {4}keychain, locked: the keychain is locked/m);
  assert.match(locked.stdout, /the cached session is good for 5\d min/);
  const list = await home.run(["list"], { env });
  assert.match(list.stdout, /^my-role1\trole\t.*\t5\d min\t/m);
});
