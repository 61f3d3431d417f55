import assert from "node:assert/strict";
import test from "node:test";
import { loadConfig } from "../../../src/config/aws-config.ts";
import { resolveIdentity } from "../../../src/config/resolve/resolve.ts";
import { planFromMemory } from "../../../src/credentials/plan-for.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { type FakeMachine, type FakeMachineOptions, fakeMachine } from "../../support/fake-machine.ts";
import { told } from "../../support/told.ts";

const config = `[profile alice]
mfa_serial = arn:aws:iam::111111111111:mfa/people/alice

[profile dev]
role_arn = arn:aws:iam::222222222222:role/dev
source_profile = alice

[profile as-dev]
credential_process = /usr/bin/aws-as process dev

[profile deploy]
role_arn = arn:aws:iam::333333333333:role/deploy
source_profile = dev

[profile prod]
role_arn = arn:aws:iam::444444444444:role/prod
source_profile = alice
duration_seconds = 43200

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1

[profile sso]
sso_session = corp
sso_account_id = 555555555555
sso_role_name = Developer

[profile broken]
role_arn = arn:aws:iam::111111111111:role/x
source_profile = nobody

[profile bob]
region = eu-west-1
`;
const keys = (name: string, id: string) =>
  `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = canarySecret\n`;
const credentials = keys("alice", "AKIAIOSFODNN7EXAMPLE") + keys("bob", "AKIAIOSFODNN7EXAMPL2");

/** With sessions of so many minutes left, by the number of the step from 0, of the identity named. */
async function scene(
  sessions: Readonly<Record<string, readonly (number | undefined)[]>> = {},
  options: FakeMachineOptions = {},
): Promise<FakeMachine> {
  const machine = fakeMachine({ config, credentials, ...options });
  const files = { config: "/home/me/.aws/config", credentials: "/home/me/.aws/credentials" };
  for (const [name, minutes] of Object.entries(sessions)) {
    const read = await loadConfig(files, machine.readFile);
    const plan = await planFromMemory(resolveIdentity(read, name), read, machine);
    for (const [index, step] of (plan?.steps ?? []).entries()) {
      const left = minutes[index];
      const expiresAt = machine.clock.now() + (left ?? 0) * 60_000;
      if (left !== undefined) machine.memory.put({ ...step.item, expiresAt }, '{"secret":"canarySecret"}');
    }
  }
  return machine;
}

async function listed(machine: FakeMachine, columns?: number, expected = ""): Promise<string[]> {
  const { status, stdout, stderr } = await told(machine, ["list"], columns);
  assert.deepEqual([status, stderr], [0, expected]);
  assert.doesNotMatch(stdout, /canarySecret/);
  assert.deepEqual(machine.memory.reads, [], "no secret is read");
  assert.deepEqual(machine.scripted.calls, [], "nobody is called");
  return stdout.split("\n").slice(0, -1);
}

const cached = { deploy: [600, 45, undefined], prod: [-1] };
const utf8 = { env: { LANG: "C.UTF-8" } };
const error =
  '~/.aws/config:31: profile "broken" names "nobody" as source_profile, and there is no such profile';

test("for a program: a line each, the name first, tabs between, and no field empty", async () => {
  assert.deepEqual(
    (await listed(await scene(cached, utf8))).map((line) => line.split("\t")),
    [
      ["alice", "user", "111111111111", "people/alice", "10 h 0 min", "-", "-", "-", "-"],
      ["dev", "role", "222222222222", "people/alice", "45 min", "10 h 0 min", "as-dev", "-", "-"],
      ["deploy", "role", "333333333333", "people/alice", "-", "10 h 0 min", "-", "-", "-"],
      ["prod", "role", "444444444444", "people/alice", "ended", "-", "-", "-", "-"],
      ["sso", "external", "555555555555", "-", "-", "-", "-", "-", "-"],
      ["broken", "role", "-", "-", "-", "-", "-", error, "-"],
      ["bob", "user", "-", "?", "-", "-", "-", "-", "-"],
    ],
  );
});

test("on a terminal: the tree, and the time left as bars", async () => {
  assert.deepEqual(await listed(await scene(cached, utf8), 132), [
    "IDENTITY      ACCOUNT       LEFT                    DEVICE        PROFILE",
    "alice         111111111111  ███████░ 10 h 0 min     people/alice  -",
    "├─ dev        222222222222  ██████░░ 45 min         people/alice  as-dev",
    "│  └─ deploy  333333333333  no code for 10 h 0 min  people/alice  -",
    "└─ prod       444444444444  ended, needs a code     people/alice  -",
    "sso           555555555555  not signed in           -             -",
    `broken        error: ${error.replace(/^.*31: /, "")}`,
    "bob           -             device not known yet    ?             -",
  ]);
});

test("a protected identity is marked, and so is the one that this shell acts as in part", async () => {
  const more = "[aws-as prod]\nprotected = true\n[aws-as ro]\nlimits = prod\npolicy = read-only\n";
  const env = { ...utf8.env, AWS_AS_IDENTITY: "dev:limit=read-only" };
  const machine = await scene(cached, { config: config + more, env });
  const lines = await listed(machine, 160);
  assert.match(lines[2] ?? "", /^\* ├─ dev \(here limited by read-only\) /);
  assert.match(lines[4] ?? "", /^ {2}└─ prod \(protected\) /);
  assert.match(lines[5] ?? "", /└─ ro \(limited, protected\) /);
  const { identities } = JSON.parse((await told(machine, ["list", "--json"])).stdout);
  const said = (name: string) => identities.find((each: { name: string }) => each.name === name);
  assert.deepEqual([said("prod").isProtected, said("ro").isProtected], [true, true]);
  assert.deepEqual([said("dev").isCurrent, said("dev").currentLimits], [true, "read-only"]);
});

test("without UTF-8 the tree is drawn in ASCII", async () => {
  const lines = await listed(await scene(cached), 132);
  assert.deepEqual(lines.slice(1, 4), [
    "alice         111111111111  #######. 10 h 0 min     people/alice  -",
    "|- dev        222222222222  ######.. 45 min         people/alice  as-dev",
    "|  `- deploy  333333333333  no code for 10 h 0 min  people/alice  -",
  ]);
});

test("no line is longer than the terminal is wide, and every name can be told", async () => {
  for (let columns = 200; columns >= 30; columns -= 1) {
    const lines = await listed(await scene(cached, utf8), columns);
    assert.equal(lines.length, 8);
    for (const line of lines) assert.ok([...line].length <= columns, `${columns}: ${line}`);
    for (const name of ["alice", "dev", "deploy", "prod", "sso", "broken", "bob"]) {
      assert.ok(
        lines.some((line) => line.includes(name)),
        `${columns}: ${name}`,
      );
    }
  }
  const lines = await listed(await scene(cached, utf8), 45);
  assert.equal(lines[2], "├─ dev        45 min");
});

test("a name of any length is cut on a narrow terminal, and whole for a program", async () => {
  const long = "x".repeat(300);
  const options = {
    config: `[profile ${long}]\nmfa_serial = none\n`,
    credentials: keys(long, "AKIAIOSFODNN7EXAMPLE"),
  };
  const [, line = ""] = await listed(await scene({}, { ...options, ...utf8 }), 60);
  assert.match(line, /^x{10,}… +no code needed$/);
  assert.ok(line.length <= 60);
  assert.equal((await listed(await scene({}, options)))[0]?.split("\t")[0], long);
});

test("no value from a file drives the terminal or breaks the columns", async () => {
  const hostile = `[profile alice]\nmfa_serial = arn:\u001b[31m\u202e日本\tx\n[profile e\u001b[31m]\nrole_arn = x\n[profile dev]\nrole_arn = arn:\u001b[31m\u202e\nsource_profile = alice\n`;
  for (const columns of [undefined, 100]) {
    const passedOver = await told(await scene({}, { config: hostile }), ["list"], columns);
    assert.match(
      passedOver.stderr,
      /^aws-as: warning: 1 section of the AWS files is not read \(~\/\.aws\/config:3\)/,
    );
    assert.match(passedOver.stderr, /^[\n\x20-\x7e]*$/);
    const lines = await listed(await scene({}, { config: hostile }), columns, passedOver.stderr);
    assert.equal(lines.filter((line) => line.includes("alice")).length, columns === undefined ? 1 : 1);
    for (const line of lines) assert.match(line, /^[\t\x20-\x7e]*$/);
    if (columns === undefined) for (const line of lines) assert.equal(line.split("\t").length, 9);
  }
});

test("a store that does not list what it has is told of once, and the identities are listed", async () => {
  const machine = await scene(cached);
  machine.memory.fail("list", new UserError("the keychain is locked"));
  const { status, stdout, stderr } = await told(machine, ["list"]);
  assert.deepEqual([status, stderr], [0, "aws-as: warning: no sessions are shown: the keychain is locked\n"]);
  assert.equal(stdout.split("\n").length, 8);
  const { store } = JSON.parse((await told(machine, ["list", "--json"])).stdout);
  assert.deepEqual(store, { kind: "keychain", because: "the keychain is locked" });
});

test("where there is no identity, what to do is said, and nothing is listed", async () => {
  const machine = await scene({}, { config: "", credentials: "" });
  const { status, stdout, stderr } = await told(machine, ["list"], 80);
  assert.deepEqual([status, stdout], [0, ""]);
  assert.match(stderr, /^aws-as: there is no identity yet; to begin: aws-as keys add NAME\n$/);
  assert.equal(
    (await told(machine, ["list", "--json"])).stdout,
    '{"version":1,"store":{"kind":"keychain","because":null},"identities":[]}\n',
  );
});

test("the document for programs", async () => {
  const { status, stdout } = await told(await scene(cached), ["list", "--json"]);
  assert.equal(status, 0);
  assert.doesNotMatch(stdout, /canarySecret/);
  const { version, store, identities } = JSON.parse(stdout);
  assert.deepEqual([version, store], [1, { kind: "keychain", because: null }]);
  const device = "arn:aws:iam::111111111111:mfa/people/alice";
  const base = { expiration: "2026-01-01T10:00:00Z", left: 36_000 };
  assert.deepEqual(identities.slice(0, 2), [
    {
      name: "alice",
      kind: "user",
      at: "~/.aws/config:1",
      source: null,
      account: "111111111111",
      device,
      deviceKnown: true,
      session: base,
      base: null,
      outcome: "reuse",
      maySignIn: false,
      nextCode: base,
      profiles: [],
      error: null,
      isCurrent: false,
      signedIn: null,
      isProtected: false,
      currentLimits: null,
    },
    {
      name: "dev",
      kind: "role",
      at: "~/.aws/config:4",
      source: "alice",
      account: "222222222222",
      device,
      deviceKnown: true,
      session: { expiration: "2026-01-01T00:45:00Z", left: 2700 },
      base,
      outcome: "reuse",
      maySignIn: false,
      nextCode: base,
      profiles: [{ name: "as-dev", at: "~/.aws/config:9", adopted: false }],
      error: null,
      isCurrent: false,
      signedIn: null,
      isProtected: false,
      currentLimits: null,
    },
  ]);
  const inShort = identities.map(({ name, source, outcome, error: wrong }: Record<string, unknown>) => [
    name,
    source,
    outcome,
    wrong,
  ]);
  assert.deepEqual(inShort.slice(2), [
    ["deploy", "dev", "renew", null],
    ["prod", "alice", "ask", null],
    ["sso", null, "renew", null],
    ["broken", null, null, error],
    ["bob", null, "device", null],
  ]);
});

test("stanzas serve the identity that they lead to, by another stanza or by an ARN too", async () => {
  const more = `[profile two]\ncredential_process = aws-as process as-dev\n[profile three]\ncredential_process = aws-as process 222222222222/dev\n[profile four]\ncredential_process = aws-as process nobody\n[profile five]\ncredential_process = aws-as process broken\n`;
  const lines = await listed(await scene({}, { config: config + more }));
  assert.equal(lines[1]?.split("\t")[6], "as-dev,two,three");
  assert.equal(lines[5]?.split("\t")[6], "five", "also of an identity that is wrong in itself");
});

test("a word chooses by name, account or profile, and one that nothing has is an error", async () => {
  const names = async (word: string) => {
    const { status, stdout, stderr } = await told(await scene(cached), ["list", word]);
    return [status, stdout.split("\n").flatMap((line) => line.split("\t")[0] || []), stderr] as const;
  };
  assert.deepEqual(await names("PRO"), [0, ["prod"], ""]);
  assert.deepEqual(await names("as-d"), [0, ["dev"], ""]);
  assert.deepEqual(await names("1111111"), [0, ["alice"], ""]);
  const [status, listed, stderr] = await names("nothing");
  assert.deepEqual([status, listed], [1, []]);
  assert.match(stderr, /^aws-as: error: no identity's name, account or profile has "nothing"\n/);
  assert.match(stderr, /^aws-as: hint: see all of them: aws-as list$/m);
});

test("the identity of this shell has a mark, unless its keys were changed by hand", async () => {
  const acting = { AWS_AS_IDENTITY: "dev", AWS_AS_ACCESS_KEY_ID: "ASIAX", AWS_ACCESS_KEY_ID: "ASIAX" };
  const env = { ...utf8.env, ...acting };
  const lines = await listed(await scene(cached, { env }), 132);
  assert.deepEqual(lines.slice(0, 4), [
    "IDENTITY        ACCOUNT       LEFT                    DEVICE        PROFILE",
    "  alice         111111111111  ███████░ 10 h 0 min     people/alice  -",
    "* ├─ dev        222222222222  ██████░░ 45 min         people/alice  as-dev",
    "  │  └─ deploy  333333333333  no code for 10 h 0 min  people/alice  -",
  ]);
  const marked = (await listed(await scene(cached, { env }))).filter((line) => line.endsWith("\t*"));
  assert.deepEqual(
    marked.map((line) => line.split("\t")[0]),
    ["dev"],
  );
  const byHand = await scene(cached, { env: { ...env, AWS_ACCESS_KEY_ID: "AKIAY" } });
  assert.deepEqual(
    (await listed(byHand)).filter((line) => line.endsWith("\t*")),
    [],
  );
});

test("of Identity Center it is told whether somebody is signed in", async () => {
  // The sha1 of the session's name: https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html
  const path = "/home/me/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
  const later = "2026-01-01T05:00:00Z";
  const ended = "2025-12-31T00:00:00Z";
  for (const [token, left, isSignedIn] of [
    [undefined, "not signed in", false],
    ["{", "not signed in", false],
    [JSON.stringify({ accessToken: "canarySecret", expiresAt: later }), "signed in", true],
    [JSON.stringify({ accessToken: "canarySecret", expiresAt: ended }), "not signed in", false],
    [
      JSON.stringify({ accessToken: "canarySecret", expiresAt: ended, refreshToken: "canarySecret" }),
      "signed in",
      true,
    ],
  ] as const) {
    const machine = await scene(cached, utf8);
    if (token !== undefined) machine.files.set(path, token);
    const line = (await listed(machine, 132)).find((each) => each.startsWith("sso "));
    assert.equal(line?.split(/ {2,}/)[2], left, token);
    const { identities } = JSON.parse((await told(machine, ["list", "--json"])).stdout);
    assert.equal(identities.find(({ name }: { name: string }) => name === "sso").signedIn, isSignedIn, token);
  }
});
