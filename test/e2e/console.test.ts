import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before, beforeEach } from "node:test";
import { type FakeAws, startFakeAws } from "../support/aws/fake-aws.ts";
import { one, worldOfOne } from "../support/aws/world-of-one.ts";
import { foundOnDisk } from "../support/canary.ts";
import { type Home, makeHome, type Run } from "../support/home.ts";
import { eventually } from "../support/pty.ts";

let fake: FakeAws;
let home: Home;

// One home for all: a user's session is in the store, so that roles need no code. The browser notes its words, its
// environment, and what fetching its last word gives, following where it is sent.
before(async () => {
  fake = await startFakeAws({ world: worldOfOne(), rules: { skewSeconds: Number.POSITIVE_INFINITY } });
  home = makeHome({ url: fake.url });
  const browser = join(home.path, "browser");
  const lines = [
    "#!/bin/sh",
    `printf '%s\\n' "$@" >${home.path}/words`,
    `env >${home.path}/environment`,
    "for address; do :; done",
    `curl -sL -o ${home.path}/page -w '%{http_code}' "$address" >${home.path}/status`,
    `curl -s -o /dev/null -w '%{http_code}' "$address" >${home.path}/again`,
    "exit 0",
  ];
  writeFileSync(browser, `${lines.join("\n")}\n`, { mode: 0o755 });
  home.env["BROWSER"] = browser;
  ok(await home.run(["login", "my-user1", "--code", fake.code(one.mfaSerial)]));
});
beforeEach(() => {
  fake.requests.clear();
  fake.console.opened.length = 0;
});
after(async () => {
  home.remove();
  await fake.close();
});

/** What the browser was started with, a word a line. */
const words = () => readFileSync(join(home.path, "words"), "utf8");

function ok(run: Run): Run {
  assert.equal(run.status, 0, run.stderr);
  return run;
}

function assertNoSecrets(...texts: readonly string[]): void {
  for (const secret of fake.secrets())
    for (const text of texts) assert.ok(!text.includes(secret), `a secret in ${text.slice(0, 200)}`);
}

test("a browser is signed in as a role, and no argument, environment or file has a secret", async () => {
  const run = ok(await home.run(["console", "my-role1", "--service", "cfn", "--region", "eu-central-1"]));
  assert.equal(run.stdout, "");
  assert.match(
    run.stderr,
    /^aws-as: opened the console as "my-role1" \(account 111111111111\), for (59 min|1 h)/,
  );
  const [opened, ...others] = fake.console.opened;
  assert.deepEqual(others, []);
  assert.equal(opened?.principal, one.role1);
  assert.equal(
    opened?.destination,
    "https://eu-central-1.console.aws.amazon.com/cloudformation/home?region=eu-central-1",
  );
  assert.match(words(), /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}\n$/);
  const environment = readFileSync(join(home.path, "environment"), "utf8");
  assertNoSecrets(run.stderr, words(), environment);
  // A terminal that is opened from the browser has to be able to run aws-as.
  assert.doesNotMatch(environment, /^AWS_AS_(GUARD|PASSPHRASE)=/m);
  for (const secret of fake.console.secrets()) assert.deepEqual(foundOnDisk(home.path, secret), []);
  // The session went to AWS in a body: addresses are what proxies and servers log.
  const [asked] = fake.requests.of("getSigninToken");
  assert.equal(asked?.method, "POST");
  assert.equal(asked?.parameters["SessionDuration"], undefined);
});

test("a link that was printed signs in once it is opened, and only for a quarter of an hour", async () => {
  const run = ok(
    await home.run(["console", "my-role1", "--print", "--destination", "https://console.aws.amazon.com/x"]),
  );
  assert.match(run.stderr, /^aws-as: whoever opens this link within 15 minutes is "my-role1"/);
  const link = run.stdout.trim();
  assert.ok(link.startsWith(`${fake.url}/federation?Action=login&Issuer=aws-as&`), link);
  assert.equal((await fetch(link)).status, 200);
  assert.equal(fake.console.opened[0]?.destination, "https://console.aws.amazon.com/x");
  fake.advance(901_000);
  assert.equal((await fetch(link)).status, 400);
});

test("over an hour, a role of a key is assumed with a code of its own, and the console may have the whole time", async () => {
  const refused = await home.run(["console", "my-role1", "--duration", "8h"]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /needs an MFA code/);
  fake.advance(30_000);
  ok(await home.run(["console", "my-role1", "--duration", "8h", "--code", fake.code(one.mfaSerial)]));
  const [opened] = fake.console.opened;
  assert.equal(fake.requests.last()?.action, "login");
  assert.equal(fake.requests.of("getSigninToken")[0]?.parameters["SessionDuration"], "28800");
  assert.ok(Math.abs((opened?.endsAt ?? 0) - fake.now() - 28_800_000) < 60_000);
});

test("a role of a role has an hour at most, which is said before AWS is asked", async () => {
  const run = await home.run(["console", "my-role3", "--duration", "2h"]);
  assert.equal(run.status, 2);
  assert.equal(
    run.stderr,
    'aws-as: error: "my-role3" is assumed from another role or session, and AWS gives it an hour at most\n' +
      "aws-as: hint: --duration 1h, or leave it out\n",
  );
  assert.deepEqual(fake.requests.all, []);
  ok(await home.run(["console", "my-role3", "--duration", "20m"]));
  assert.equal(fake.requests.of("getSigninToken")[0]?.parameters["SessionDuration"], undefined);
  const [opened] = fake.console.opened;
  assert.ok(Math.abs((opened?.endsAt ?? 0) - fake.now() - 1_200_000) < 60_000);
});

test("a user is signed in by the long-term key, without a code, and is told that MFA does not count there", async () => {
  const run = ok(await home.run(["console", "my-user1"]));
  assert.match(
    run.stderr,
    /^aws-as: warning: AWS takes no MFA code for the console of a user: what "my-user1" may do only with MFA/,
  );
  assert.deepEqual(fake.requests.counts(), { GetFederationToken: 1, getSigninToken: 1, login: 1 });
  const [asked] = fake.requests.of("GetFederationToken");
  assert.deepEqual(JSON.parse(asked?.parameters["Policy"] ?? "").Statement, [
    { Effect: "Allow", Action: "*", Resource: "*" },
  ]);
  assert.equal(fake.console.opened[0]?.principal, one.userArn);
  assertNoSecrets(run.stderr);
});

test("a user's session that another program gives is refused by AWS, and the error says why", async () => {
  const { stdout } = ok(await home.run(["process", "my-user1"]));
  writeFileSync(join(home.path, "document.json"), stdout);
  home.writeConfig(
    `${home.config()}\n[profile theirs]\nregion = eu-west-1\ncredential_process = cat ${home.path}/document.json\n`,
  );
  const run = await home.run(["console", "theirs"]);
  assert.equal(run.status, 1);
  assert.match(
    run.stderr,
    /^aws-as: error: "theirs" gives a session of a user \(arn:aws:iam::111111111111:user\/my-user1\), which AWS signs in to no console/,
  );
  assertNoSecrets(run.stderr);
  assert.deepEqual(fake.console.opened, []);
});

test("a browser that fails ends the command at once", async () => {
  const run = await home.run(["console", "my-role1"], { env: { BROWSER: "false" } });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /^aws-as: error: false could not open the console: it ended with status 1\n/);
});

test("a container of Firefox gets the address in the extension's own form, and the address works", async () => {
  // A Firefox that does what the extension does with the address.
  home.writeConfig(`${home.config()}\n[aws-as]\nfirefox_containers = open-url-in-container\n`);
  const firefox = join(home.path, "firefox");
  const lines = [
    "#!/bin/sh",
    `printf '%s\\n' "$@" >${home.path}/words`,
    `exec ${process.execPath} -e 'fetch(new URLSearchParams(process.argv[1].split(":").slice(1).join(":")).get("url"))' "$2"`,
  ];
  writeFileSync(firefox, `${lines.join("\n")}\n`, { mode: 0o755 });
  const env = { BROWSER: undefined, PATH: `${home.path}:${home.env["PATH"]}` };
  ok(await home.run(["console", "my-role1", "--container", "a & b"], { env }));
  assert.match(
    words(),
    /^--new-tab\next\+container:name=a%20%26%20b&color=[a-z]+&icon=fingerprint&url=http%3A%2F%2F127\.0\.0\.1%3A\d+%2F[\w-]{43}\n$/,
  );
  // aws-as ends with its own answer, and the browser goes on to the console.
  await eventually(() => fake.console.opened.length === 1, "the sign-in");
});
