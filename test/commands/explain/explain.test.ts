import assert from "node:assert/strict";
import test from "node:test";
import { loadConfig } from "../../../src/config/aws-config.ts";
import { resolveIdentity } from "../../../src/config/resolve/resolve.ts";
import { planFromMemory } from "../../../src/credentials/plan-for.ts";
import { longTermKeyItem } from "../../../src/session/long-term-key.ts";
import { UserError } from "../../../src/system/user-error.ts";
import { type FakeMachine, type FakeMachineOptions, fakeMachine } from "../../support/fake-machine.ts";
import { told } from "../../support/told.ts";

const config = `[profile u]
region = eu-west-1
mfa_serial = arn:aws:iam::111111111111:mfa/phone

[profile r]
role_arn = arn:aws:iam::222222222222:role/team/admin
source_profile = u
external_id = x-1
tags = team=red

[profile as-r]
credential_process = /usr/bin/aws-as process r

[profile c]
role_arn = arn:aws:iam::333333333333:role/deploy
source_profile = r
role_session_name = me-at-work
duration_seconds = 900

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1

[profile s]
sso_session = corp
sso_account_id = 444444444444
sso_role_name = Developer

[profile tool]
credential_process = "/opt/get keys" --password canarySecret
`;
const credentials = `[u]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = canarySecret
`;

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
      if (left === undefined) continue;
      machine.memory.put(
        { ...step.item, expiresAt: machine.clock.now() + left * 60_000 },
        '{"secret":"canarySecret"}',
      );
    }
  }
  return machine;
}

async function words(machine: FakeMachine, name: string, columns?: number): Promise<string> {
  const { status, stdout, stderr } = await told(machine, ["explain", name], columns);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.doesNotMatch(stdout, /canarySecret/);
  assert.deepEqual(machine.memory.reads, [], "no secret is read");
  assert.deepEqual(machine.scripted.calls, [], "nobody is called");
  return stdout;
}

const way = { kind: "terminal", because: "there is a terminal" } as const;

test("a role with nothing cached: the whole way, and the code that is asked for", async () => {
  assert.equal(
    await words(await scene({}, { way }), "r"),
    `r: role team/admin in account 222222222222
now: a code of arn:aws:iam::111111111111:mfa/phone is needed, and is asked for on this terminal

* u: long-term key …MPLE, in plain text (~/.aws/credentials:2)
|
|- 1. GetSessionToken for 12 h
|     with a code of arn:aws:iam::111111111111:mfa/phone (~/.aws/config:3)
|     MFA device from profile "u"
|     not cached: a new one takes a code
|
\`- 2. AssumeRole arn:aws:iam::222222222222:role/team/admin for 1 h (~/.aws/config:6)
      with the session that all roles of this user share
      session name me (the local user), external id x-1, tags team=red
      not cached: a new one is got without a code

profile:  as-r (~/.aws/config:12)
region:   us-east-1 (by default)
store:    keychain
`,
  );
});

test("a chain with an old session in the middle: what is reused, what is renewed, and until when no code is needed", async () => {
  assert.equal(
    await words(await scene({ c: [61, 10, -5] }), "c", 100),
    `c: role deploy in account 333333333333
now: nobody is asked, a new session is got without a code; a code is needed again in 1 h 1 min

* u: long-term key ...MPLE, in plain text (~/.aws/credentials:2)
|
|- 1. GetSessionToken for 12 h
|     with a code of arn:aws:iam::111111111111:mfa/phone (~/.aws/config:3)
|     MFA device from profile "u"
|     cached, 1 h 1 min left, until 2026-01-01T01:01:00Z: used
|
|- 2. AssumeRole arn:aws:iam::222222222222:role/team/admin for 1 h (~/.aws/config:6)
|     with the session that all roles of this user share
|     session name me (the local user), external id x-1, tags team=red
|     cached, 10 min left, until 2026-01-01T00:10:00Z: ends soon, renewed without a code
|
\`- 3. AssumeRole arn:aws:iam::333333333333:role/deploy for 15 min (~/.aws/config:15)
      the chain goes on from "r"
      session name me-at-work
      cached, but ended 5 min ago: a new one is got without a code

profile:  none yet, to write one: aws-as init c
region:   us-east-1 (by default)
store:    keychain
`,
  );
});

test("boxes are drawn on a terminal whose locale has them", async () => {
  for (const [env, boxes] of [
    [{ LANG: "en_US.UTF-8" }, true],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, false],
    [{ LC_CTYPE: "de_DE.utf8", TERM: "dumb" }, false],
    [{}, false],
  ] as const) {
    const text = await words(await scene({}, { env }), "r", 100);
    assert.equal(text.includes("└─ 2. AssumeRole"), boxes, JSON.stringify(env));
    assert.equal(text.includes("`- 2. AssumeRole"), !boxes);
  }
  assert.doesNotMatch(
    await words(await scene({}, { env: { LANG: "C.UTF-8" } }), "r"),
    /└/,
    "not for a program",
  );
});

test("a session in its last minutes is used to its end where only a person can renew it", async () => {
  const text = await words(await scene({ u: [5] }), "u");
  assert.match(
    text,
    /^now: nobody is asked, the cached session is good for 5 min; a code is needed again in 5 min$/m,
  );
  assert.match(text, /: used to its end, only a person can renew it$/m);
  const role = await words(await scene({ r: [undefined, 5] }), "r");
  assert.match(role, /^now: nobody is asked, the cached session is good for 5 min; a code/m);
  assert.match(role, /: ends soon and is used, renewing it now would take a person$/m);
});

const ways = [
  [{ kind: "given", because: "" }, "and is given (AWS_AS_MFA_CODE)"],
  [{ kind: "process", because: "" }, "and mfa_process gives it"],
  [
    { kind: "cannot-ask", because: "this is a background job" },
    "and nobody can be asked here: this is a background job",
  ],
] as const;
for (const [how, expected] of ways) {
  test(`how a code would come: ${expected}`, async () => {
    const text = await words(await scene({}, { way: how }), "u");
    assert.ok(text.includes(`mfa/phone is needed, ${expected}\n`), text);
  });
}

test("a key whose device nobody has asked for yet", async () => {
  const machine = await scene({}, { config: config.replace(/mfa_serial.*\n/, "") });
  const text = await words(machine, "r");
  assert.match(
    text,
    /^now: IAM is asked for the user's MFA device, and if there is one, a person for its code$/m,
  );
  assert.match(
    text,
    /1\. GetSessionToken for 12 h\n.*not known yet: IAM is asked \(ListMFADevices\)\n.*shows when the device is known$/m,
  );
  const { now, steps } = JSON.parse((await told(machine, ["explain", "r", "--json"])).stdout);
  assert.deepEqual(now, { outcome: "device", asks: [], nextCode: null });
  assert.deepEqual(
    steps.map(({ session, decision, reason, forecast }: Record<string, unknown>) => [
      session,
      decision,
      reason,
      forecast,
    ]),
    [
      [null, null, null, null],
      [null, null, null, null],
    ],
  );
});

test("the device may be named by another role of the user alone", async () => {
  const roles = `${config.replace(/mfa_serial.*\n/, "")}[profile q]\nrole_arn = arn:aws:iam::1:role/q\n`;
  const named = roles.replace(
    "role_arn = arn:aws:iam::1:role/q",
    "role_arn = arn:aws:iam::111111111111:role/q\nsource_profile = u\nmfa_serial = arn:aws:iam::111111111111:mfa/tablet",
  );
  const text = await words(await scene({}, { config: named }), "r");
  assert.match(
    text,
    /with a code of arn:aws:iam::111111111111:mfa\/tablet \(~\/\.aws\/config:\d+\)\n.*the user's roles$/m,
  );
});

test("IAM Identity Center: the sign-in that may be needed", async () => {
  const text = await words(await scene(), "s");
  assert.match(text, /^s: credentials of another source in account 444444444444$/m);
  assert.match(
    text,
    /^now: nobody is asked while the last sign-in holds, else for a sign-in in a browser \(https:\/\/corp\.awsapps\.com\/start\)$/m,
  );
  assert.match(
    text,
    /^\* s: IAM Identity Center \(sso-session corp, https:.*\): role Developer in 444444444444 \(~\/\.aws\/config:25\)$/m,
  );
  assert.match(
    await words(await scene({ s: [40] }), "s"),
    /^now: nobody is asked, the cached session is good for 40 min$/m,
  );
});

test("of somebody else's program its name is told, and not what it is called with", async () => {
  const text = await words(await scene(), "tool");
  assert.match(text, /^\* tool: credential_process: \/opt\/get keys … \(~\/\.aws\/config:30\)$/m);
  const hidden = `[profile t]\ncredential_process = PASSWORD=canarySecret get\n`;
  assert.match(await words(await scene({}, { config: hidden }), "t"), /credential_process: … \(/);
});

test("a stanza, an ARN and ACCOUNT/ROLE are explained as the identity that they stand for", async () => {
  const machine = await scene();
  const usual = await words(machine, "r");
  for (const name of ["as-r", "arn:aws:iam::222222222222:role/team/admin", "222222222222/team/admin"]) {
    assert.equal(await words(machine, name), `${name} stands for ${usual}`);
  }
  const bare = await words(machine, "555555555555/other");
  assert.match(
    bare,
    /^555555555555\/other stands for arn:aws:iam::555555555555:role\/other: role other in account 555555555555$/m,
  );
  assert.match(bare, /^profile: {2}none$/m);
});

test("an adopted profile serves itself", async () => {
  const adopted = `[profile u]\n[profile r]\ncredential_process = /usr/bin/aws-as process r\n[aws-as r]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = u\n`;
  const machine = await scene({}, { config: adopted });
  assert.match(
    await words(machine, "r"),
    /AssumeRole .* \(~\/\.aws\/config:5\)[\s\S]*^profile: {2}r \(~\/\.aws\/config:3\)$/m,
  );
  const { profiles } = JSON.parse((await told(machine, ["explain", "r", "--json"])).stdout);
  assert.deepEqual(profiles, [{ name: "r", at: "~/.aws/config:3", adopted: true }]);
});

test("a client that decides otherwise is named", async () => {
  const both = `${credentials}[as-r]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = canarySecret\n`;
  const text = await words(await scene({}, { credentials: both }), "r");
  assert.match(
    text,
    /^note: {5}profile "as-r": aws-cli and boto3, .* prefer the keys in the credentials file \(~\/\.aws\/credentials:5\) to its credential_process \(~\/\.aws\/config:12\)$/m,
  );
});

test("a key that the store does not have is noted with what mends it", async () => {
  const stored = `[profile u]\nmfa_serial = none\n[aws-as u]\naccess_key_id = AKIAIOSFODNN7EXAMPLE\n`;
  const machine = await scene({}, { config: stored, credentials: "" });
  assert.match(
    await words(machine, "u"),
    /^\* u: long-term key …MPLE, its secret in the store \(~\/\.aws\/config:4\)$/m,
  );
  assert.match(
    await words(machine, "u"),
    /^note: {5}the store does not list the long-term key of "u": aws-as keys add u$/m,
  );
  machine.memory.put(longTermKeyItem("AKIAIOSFODNN7EXAMPLE", "u"), "{}");
  assert.doesNotMatch(await words(machine, "u"), /does not list/);
});

test("of a user without a device, it is noted that IAM refuses the session, and of a role on top it is not", async () => {
  const without = `${config}mfa_serial = none\n`.replace(/mfa_serial = arn.*/, "mfa_serial = none");
  const machine = await scene({}, { config: without });
  const note =
    /^note: {5}a session got without a code cannot call IAM: AWS answers InvalidClientTokenId; with the key itself: aws-as exec --no-session u -- aws iam …$/m;
  assert.match(await words(machine, "u"), note);
  assert.doesNotMatch(await words(machine, "r"), note);
});

test("a store that is locked, broken or no store is told of, and nothing fails", async () => {
  const locked = { states: { keychain: { kind: "locked", because: "the keychain is locked" } } } as const;
  assert.match(
    await words(await scene({}, locked), "r"),
    /^store: {4}keychain, locked: the keychain is locked$/m,
  );
  const shut = await words(await scene({ r: [60, 40] }, locked), "r");
  assert.match(shut, /^now: nobody is asked, .*; the store has to be unlocked first$/m);
  const absent = { states: { keychain: { kind: "absent", because: "there is no keychain" } } } as const;
  assert.match(await words(await scene({}, absent), "r"), /^store: {4}file store$/m);
  const machine = await scene();
  machine.memory.fail("list", new UserError("the keychain did not answer within 3 s"));
  assert.match(await words(machine, "r"), /^now: .*; what is cached is not known$/m);
  assert.match(await words(machine, "r"), /^store: {4}keychain: the keychain did not answer within 3 s$/m);
  const { store } = JSON.parse((await told(machine, ["explain", "r", "--json"])).stdout);
  assert.deepEqual(store, {
    kind: "keychain",
    from: null,
    state: "ready",
    because: "the keychain did not answer within 3 s",
    listed: false,
  });
});

test("what is not as usual on the way to AWS is told", async () => {
  const env = {
    AWS_REGION: "eu-north-1",
    AWS_ENDPOINT_URL_STS: "https://sts.example:8443/x",
    AWS_USE_FIPS_ENDPOINT: "true",
  };
  const text = await words(await scene({}, { env }), "r");
  assert.match(text, /^region: {3}eu-north-1 \(AWS_REGION\)$/m);
  assert.match(text, /^endpoint: STS at https:\/\/sts\.example:8443\/x, FIPS$/m);
  assert.match(await words(await scene({}, { env }), "u"), /^region: {3}eu-west-1 \(~\/\.aws\/config:2\)$/m);
});

test("what is wrong is told as it would come, with what mends it", async () => {
  const wrong = `${config}[profile w]\nrole_arn = arn:aws:iam::111111111111:role/w\nsource_profile = nobody\n[profile l]\nrole_arn = arn:aws:iam::111111111111:role/l\nsource_profile = r\nduration_seconds = 7200\n`;
  for (const [name, message] of [
    [
      "w",
      /^aws-as: error: ~\/\.aws\/config:33: profile "w" names "nobody" as source_profile, and there is no such/,
    ],
    [
      "l",
      /^aws-as: error: ~\/\.aws\/config:35: profile "l" wants 7200 s, but AWS gives .*\naws-as: hint: set duration/,
    ],
    ["nobody", /^aws-as: error: no profile "nobody" in/],
  ] as const) {
    const { status, stdout, stderr } = await told(await scene({}, { config: wrong }), ["explain", name]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, message);
  }
});

test("no value from a file drives the terminal", async () => {
  const hostile = `[profile u]\nmfa_serial = arn:\u001b[31m\u202emfa\n[profile r]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = u\nexternal_id = a\u001b]0;x\u0007\u202eb\n`;
  for (const columns of [undefined, 80]) {
    const text = await words(await scene({}, { config: hostile }), "r", columns);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
    assert.match(text, /external id a\?\]0;x\?\?b/);
  }
});

test("the document for programs", async () => {
  const machine = await scene({ c: [61, 10, -5] }, { way });
  const { status, stdout } = await told(machine, ["explain", "c", "--json"]);
  assert.equal(status, 0);
  assert.doesNotMatch(stdout, /canarySecret/);
  const base = {
    kind: "base-session",
    call: "GetSessionToken",
    profile: "u",
    at: "~/.aws/credentials:2",
    with: null,
    because: 'MFA device from profile "u"',
    device: { serial: "arn:aws:iam::111111111111:mfa/phone", at: "~/.aws/config:3" },
    duration: 43200,
    role: null,
    session: { expiration: "2026-01-01T01:01:00Z", left: 3660 },
    decision: "reuse",
    reason: "fresh",
    forecast: "reuse",
  };
  const role = {
    externalId: null,
    sourceIdentity: null,
    policy: false,
    policyArns: [],
    tags: {},
    transitiveTagKeys: [],
  };
  assert.deepEqual(JSON.parse(stdout), {
    version: 1,
    identity: "c",
    asked: "c",
    askedAt: null,
    kind: "role",
    account: "333333333333",
    protected: null,
    now: { outcome: "renew", asks: [], nextCode: { expiration: "2026-01-01T01:01:00Z", left: 3660 } },
    root: {
      kind: "static-keys",
      profile: "u",
      at: "~/.aws/credentials:2",
      key: "MPLE",
      text: "long-term key …MPLE, in plain text",
    },
    steps: [
      base,
      {
        kind: "role",
        call: "AssumeRole",
        profile: "r",
        at: "~/.aws/config:6",
        with: "base-session",
        because: "with the session that all roles of this user share",
        device: null,
        duration: 3600,
        role: {
          ...role,
          arn: "arn:aws:iam::222222222222:role/team/admin",
          sessionName: "me",
          sessionNameFrom: "local user",
          externalId: "x-1",
          tags: { team: "red" },
        },
        session: { expiration: "2026-01-01T00:10:00Z", left: 600 },
        decision: "renew",
        reason: "expires-soon",
        forecast: "call",
      },
      {
        kind: "role",
        call: "AssumeRole",
        profile: "c",
        at: "~/.aws/config:15",
        with: "role-session",
        because: 'the chain goes on from "r"',
        device: null,
        duration: 900,
        role: {
          ...role,
          arn: "arn:aws:iam::333333333333:role/deploy",
          sessionName: "me-at-work",
          sessionNameFrom: "profile",
        },
        session: { expiration: "2025-12-31T23:55:00Z", left: -300 },
        decision: "renew",
        reason: "expired",
        forecast: "call",
      },
    ],
    region: { name: "us-east-1", from: null },
    endpoint: { sts: null, iam: null, partition: "aws", fips: false, dualStack: false, caBundle: null },
    store: { kind: "keychain", from: null, state: "ready", because: null, listed: true },
    profiles: [],
    notes: [],
  });
});

test("the questions in the document", async () => {
  const asks = async (name: string) =>
    JSON.parse((await told(await scene({}, { way }), ["explain", name, "--json"])).stdout).now.asks;
  const device = "arn:aws:iam::111111111111:mfa/phone";
  assert.deepEqual(await asks("r"), [
    { kind: "code", device, certain: true, way: "terminal", window: null, because: "there is a terminal" },
  ]);
  assert.deepEqual(await asks("s"), [{ kind: "sign-in", to: "https://corp.awsapps.com/start" }]);
  assert.deepEqual(await asks("tool"), []);
});
