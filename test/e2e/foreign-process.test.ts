import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { one } from "../support/aws/world-of-one.ts";
import { outside } from "../support/aws/world-of-sources.ts";
import { laterBy } from "../support/later.ts";
import { eventually, processes } from "../support/pty.ts";
import { assertHidden, crowdOf, keysOf, refused, served, sourceScene } from "../support/source-scene.ts";

const config = (command: string, more = "") => `
[profile p]
credential_process = ${command}
region = eu-west-1
${more}

[profile on-top]
role_arn = ${outside.roleOnTop}
source_profile = p
region = eu-west-1
`;

/** A program in the home that notes each run and prints a document from a file beside it. */
async function scene(t: TestContext, command = "~/tool get", more = "") {
  const { fake, home } = await sourceScene(t, config(command, more));
  const [tool, document, log] = ["tool", "document", "log"].map((name) => join(home.path, name)) as [
    string,
    string,
    string,
  ];
  const write = (script: string) => writeFileSync(tool, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  write(`echo run >> "$HOME/log"; cat "$HOME/document"`);
  /** Puts a session of a role there, with so many seconds left. */
  const put = (seconds = 3600, change: Record<string, unknown> = {}) => {
    const session = fake.grant(outside.machineRole, seconds);
    const whole = {
      Version: 1,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expiresAt).toISOString(),
      ...change,
    };
    writeFileSync(document, JSON.stringify(whole), { mode: 0o600 });
    return session;
  };
  const runs = () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n").length : 0);
  return { fake, home, write, put, runs, document };
}

test("what another program gives is served, kept, and not asked for again", async (t) => {
  const { fake, home, put, runs, document } = await scene(t);
  const session = put();
  const first = await home.run(["process", "p"]);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = served(first);
  assert.deepEqual(
    [AccessKeyId, SecretAccessKey, SessionToken],
    [session.accessKeyId, session.secretAccessKey, session.sessionToken],
  );
  assert.equal(Expiration, new Date(session.expiresAt).toISOString().replace(".000", ""));
  const again = await home.run(["process", "p"]);
  assert.deepEqual(served(again), served(first));
  assert.equal(runs(), 1);
  assert.equal(fake.requests.all.length, 0);
  assertHidden(home, [session.secretAccessKey, session.sessionToken], [first, again], [document]);
});

test("a role on top, and env, login, status and logout", async (t) => {
  const { fake, home, put, runs } = await scene(t);
  put();
  const login = await home.run(["login", "on-top"]);
  assert.deepEqual([login.status, login.stdout], [0, ""], login.stderr);
  for (const name of ["p", "on-top"]) {
    const env = await home.run(["env", name, "--format", "json"]);
    assert.deepEqual([env.status, env.stderr], [0, ""]);
    assert.match((await home.run(["status"], { env: JSON.parse(env.stdout) })).stdout, new RegExp(name));
  }
  assert.deepEqual([runs(), fake.requests.counts()], [1, { AssumeRole: 1 }]);
  const logout = await home.run(["logout", "on-top"]);
  assert.match(logout.stderr, /forgot the session of credential_process p\n/);
  served(await home.run(["process", "on-top"]));
  assert.deepEqual([runs(), fake.requests.counts()], [2, { AssumeRole: 2 }]);
});

test("twenty at once run it once", async (t) => {
  const { home, put, runs } = await scene(t);
  put();
  assert.equal(keysOf(await crowdOf(home, "p", 20)).size, 1);
  assert.equal(runs(), 1);
});

test("a long-term key is exchanged for a session, with one code where a device is named", async (t) => {
  const { fake, home, document, runs } = await scene(t, "~/tool get", `mfa_serial = ${one.mfaSerial}`);
  const key = { Version: 1, AccessKeyId: one.accessKeyId, SecretAccessKey: one.secretAccessKey };
  writeFileSync(document, JSON.stringify(key), { mode: 0o600 });
  const login = await home.run(["login", "on-top", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  const shown = await home.run(["process", "p"]);
  assert.match(String(served(shown)["AccessKeyId"]), /^ASIA/);
  served(await home.run(["process", "on-top"]));
  assert.deepEqual([runs(), fake.requests.counts()], [1, { GetSessionToken: 1, AssumeRole: 1 }]);
  assertHidden(home, [one.secretAccessKey], [login, shown], [document]);
});

test("credentials with five minutes left are served, and asked for again near their end", async (t) => {
  const later = laterBy("225s", t);
  if (later === undefined) return;
  const { home, put, runs, write } = await scene(t);
  const session = put(300);
  assert.equal(served(await home.run(["process", "p"]))["AccessKeyId"], session.accessKeyId);
  write(`echo run >> "$HOME/log"; echo 'not now' >&2; exit 1`);
  const stillGood = served(await home.run(["process", "p"], { env: later }));
  assert.equal(stillGood["AccessKeyId"], session.accessKeyId, "the old one serves while a new one fails");
  assert.equal(runs(), 2);
  served(await home.run(["process", "p"], { env: later }));
  assert.equal(runs(), 2, "what failed a moment ago is not tried again");
});

test("it is run as a client runs it, without the caller's identity, and with nothing to read", async (t) => {
  const { home, put, write } = await scene(t, "NAME=val ~/tool \"a b\" 'c d' e\\ f | cat");
  put();
  write(
    `{ printf '<%s>' "$NAME" "$@"; pwd; env; read line && echo "read $line"; } > "$HOME/seen" 2>&1; cat "$HOME/document"`,
  );
  const env = {
    AWS_PROFILE: "p",
    AWS_DEFAULT_PROFILE: "p",
    AWS_ACCESS_KEY_ID: "AKIACANARY",
    AWS_SECRET_ACCESS_KEY: "canary",
    AWS_AS_MFA_CODE: "123456",
    KEPT: "kept",
  };
  served(await home.run(["process", "p"], { env, input: "canary\n" }));
  const seen = readFileSync(join(home.path, "seen"), "utf8");
  assert.ok(seen.startsWith(`<val><a b><c d><e f>${home.path}\n`), seen);
  assert.match(seen, /^KEPT=kept$/m);
  assert.doesNotMatch(seen, /canary|AWS_(DEFAULT_)?PROFILE|correct horse|123456|read /i);
});

test("one that comes back to aws-as is told so", async (t) => {
  const { home, write } = await scene(t);
  write(`exec ${process.execPath} ${join(process.cwd(), "dist/aws-as.cjs")} process p`);
  const [first, second] = refused(await home.run(["process", "p"]));
  assert.equal(
    first,
    'aws-as: error: the credential_process of profile "p" (~/.aws/config:3) failed with exit status 1: aws-as: error: aws-as was started by a command that aws-as itself runs',
  );
  assert.match(second ?? "", /must not use a profile that aws-as serves/);
});

const who = 'the credential_process of profile "p" (~/.aws/config:3)';
const inTerminal = "aws-as: hint: if it has to ask something, run in a terminal: aws-as login p";
const form =
  "aws-as: hint: what it must print: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html";

// What /bin/sh makes of it: dash says "Killed".
const killed = ": Killed";

for (const [what, script, lines] of [
  [
    "fails",
    `echo '{"SecretAccessKey":"canary-canary-canary"}'; printf 'no \\033[31msession\\n\\n1\\n2\\n3\\n4\\n5\\n' >&2; exit 3`,
    [`aws-as: error: ${who} failed with exit status 3: no ?[31msession`, "1", "2", "3"].map((line, index) =>
      index === 0 ? line : `aws-as: error: ${line}`,
    ),
  ],
  [
    "fails in Python",
    `printf 'Traceback (most recent call last):\n  File x\nValueError: no session\n' >&2; exit 1`,
    [`aws-as: error: ${who} failed with exit status 1: ValueError: no session`],
  ],
  ["fails without a word", "exit 4", [`aws-as: error: ${who} failed with exit status 4`]],
  [
    "quotes its document when it fails",
    `echo '{"SecretAccessKey":"canary-canary-canary"}'; echo 'cannot parse canary-canary-canary; session_token=canary-too' >&2; exit 1`,
    [`aws-as: error: ${who} failed with exit status 1: cannot parse [secret]; session_token=[secret]`],
  ],
  [
    "is killed",
    "exec 2> /dev/null; kill -9 $$",
    [`aws-as: error: ${who} was ended by a signal (exit status 137)${killed}`],
  ],
  ["cancels", "exit 130", [`aws-as: error: ${who} was cancelled`]],
  ["prints far too much", "yes canary", [`aws-as: error: ${who} printed far more than one document`]],
  [
    "prints no document",
    `echo canary; echo 'try again' >&2`,
    [
      `aws-as: error: ${who} printed something that is no JSON; it must print the document and nothing else: try again`,
      form,
    ],
  ],
] as const) {
  test(`one that ${what} is told of in the first line, and what it printed is not`, async (t) => {
    const { home, write } = await scene(t);
    write(script);
    const run = await home.run(["process", "p"], { env: { AWS_AS_DEBUG: "1" } });
    const shown = refused(run, what === "cancels" ? 130 : 1).filter((line) => !line.includes(": debug: "));
    assert.deepEqual(shown.slice(0, lines.length), lines);
    assert.deepEqual(shown.slice(lines.length), what.includes("fails") ? [inTerminal] : [], "hints");
    assert.doesNotMatch(run.stderr, /canary/);
  });
}

test("a program that is not there, or that may not be run, is named without its arguments", async (t) => {
  const { home } = await scene(t, "/nowhere/tool --password canary");
  const missing = await home.run(["process", "p"]);
  assert.ok(
    missing.stderr.startsWith(
      `aws-as: error: ${who} did not find its program "/nowhere/tool" (exit status 127): `,
    ),
    missing.stderr,
  );
  home.writeConfig(config("/etc/passwd --password canary"));
  const forbidden = await home.run(["process", "p"]);
  assert.ok(
    forbidden.stderr.startsWith(
      `aws-as: error: ${who} may not run its program "/etc/passwd" (exit status 126): `,
    ),
    forbidden.stderr,
  );
  assert.doesNotMatch(missing.stderr + forbidden.stderr, /canary/);
});

for (const [what, seconds, change, message] of [
  [
    "without an end",
    3600,
    { Expiration: undefined },
    /gives temporary credentials and does not say when they expire/,
  ],
  ["that have ended", -60, {}, /profile "p" gives have expired/],
  ["that are as good as ended", 55, {}, /profile "p" gives end in \d+ s/],
] as const) {
  test(`credentials ${what} are not handed on`, async (t) => {
    const { home, put } = await scene(t);
    put(seconds, change);
    assert.match(refused(await home.run(["process", "p"]))[0] ?? "", message);
  });
}

test("credentials without an end serve a role, and are asked for anew each time", async (t) => {
  const { fake, home, put, runs } = await scene(t);
  put(3600, { Expiration: undefined });
  served(await home.run(["process", "on-top"]));
  served(await home.run(["process", "on-top"]));
  assert.deepEqual([runs(), fake.requests.counts()], [1, { AssumeRole: 1 }]);
});

test("when the caller gives up, it ends with all that it started", async (t) => {
  const { home, write } = await scene(t);
  write(`sleep 987 & sleep 986; echo never`);
  const child = home.start(["process", "p"]);
  const there = () => processes().filter(({ command }) => /^sleep 98[67]$/.test(command)).length;
  await eventually(() => there() === 2, "both to run");
  child.kill("SIGTERM");
  await eventually(() => there() === 0, "both to end");
  await eventually(() => child.exitCode !== null || child.signalCode !== null, "the program to end");
  assert.equal(child.exitCode, 130);
});

test("what it leaves running is not waited for", async (t) => {
  const { home, write, put } = await scene(t);
  put();
  write(`sleep 20 & cat "$HOME/document"`);
  const run = await Promise.race([home.run(["process", "p"]), delay(30_000)]);
  assert.ok(run !== undefined, "it was waited for");
  served(run);
});
