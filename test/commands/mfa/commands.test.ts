import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import test, { type TestContext } from "node:test";
import { AwsError } from "../../../src/aws/aws-error.ts";
import { readConfigFile } from "../../../src/config/aws-config.ts";
import type { Machine } from "../../../src/machine/machine.ts";
import { fakeMachine } from "../../support/fake-machine.ts";
import { runArgv } from "../../support/run-argv.ts";
import { text } from "../../support/told.ts";

const phone = "arn:aws:iam::111111111111:mfa/phone";
const tablet = "arn:aws:iam::111111111111:mfa/tablet";
const token = "GAHT12345678";
const fido = "arn:aws:iam::111111111111:u2f/user/me/key-ABC";

const user = "[profile u]\nregion = eu-west-1\n";
const role = `[profile r]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n`;
const keys = "[u]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = canarySecret\n";

const denied = new AwsError("access-denied", "AWS denied iam:ListMFADevices: no");
const offline = new AwsError("network", "could not reach iam.amazonaws.com (ENOTFOUND)");

interface Scene {
  readonly config?: string;
  readonly devices?: readonly string[] | AwsError;
  /** What the person chooses, by number from 0; absent: there is nobody. */
  readonly choice?: number;
}

/** A person's config file on the disk, and IAM by script. */
function scene(t: TestContext, { config = user + role, devices = [phone], choice }: Scene = {}) {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-mfa-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, ".aws", "config");
  mkdirSync(join(folder, ".aws"));
  writeFileSync(path, config);
  writeFileSync(join(folder, ".aws", "credentials"), keys);
  const fake = fakeMachine();
  fake.scripted.devices = devices;
  const questions: string[][] = [];
  const machine: Machine = {
    ...fake,
    home: folder,
    readFile: readConfigFile,
    choose: async (_, texts) => {
      questions.push([...texts]);
      return choice === undefined ? undefined : texts[choice];
    },
  };
  const run = async (...argv: string[]) => {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const status = await runArgv(argv, { machine, ...streams, colorDepth: 1, failure: "" });
    const [stdout, stderr] = [text(streams.stdout), text(streams.stderr)];
    assert.ok(!`${stdout}${stderr}`.includes("canarySecret"));
    return { status, stdout, stderr };
  };
  return { run, fake, machine, questions, path, file: () => readFileSync(path, "utf8") };
}

test("a list shows every device, its kind, which one is used, and where that is said", async (t) => {
  const config = `${user}${role}[aws-as u]\nmfa_serial = ${phone}\n`;
  const { run } = scene(t, { config, devices: [phone, token, fido] });
  for (const name of ["u", "r"]) {
    assert.deepEqual(await run("mfa", "list", name), {
      status: 0,
      stdout: [
        `${phone}: virtual, used: the section [aws-as …] says so (~/.aws/config:7)\n`,
        `${token}: hardware\n`,
        `${fido}: security key or passkey, which cannot give codes\n`,
      ].join(""),
      stderr: "",
    });
  }
});

test("the same list for programs", async (t) => {
  const { run } = scene(t, { config: `${user}mfa_serial = ${tablet}\n`, devices: [phone, fido] });
  const { stdout } = await run("mfa", "list", "u", "--json");
  const device = { serial: phone, kind: "virtual", codes: true, used: false, listed: true };
  assert.deepEqual(JSON.parse(stdout), {
    profile: "u",
    used: { serial: tablet, because: "profile", at: "~/.aws/config:3" },
    devices: [
      device,
      { ...device, serial: fido, kind: "fido", codes: false },
      { ...device, serial: tablet, used: true, listed: false },
    ],
  });
});

test("one device needs no choice, and several that nobody chose from are said to be open", async (t) => {
  const one = await scene(t, { devices: [fido, phone] }).run("mfa", "list", "u");
  assert.match(one.stdout, /mfa\/phone: virtual, used: it is the only one that can give codes\n/);
  assert.equal(one.stderr, "");
  const two = await scene(t, { devices: [phone, token] }).run("mfa", "list", "u");
  assert.doesNotMatch(two.stdout, /used/);
  assert.match(two.stderr, /which one is used is open: aws-as mfa choose u\n/);
});

test("a device that is used and that IAM does not list is shown as such", async (t) => {
  const { run } = scene(t, { config: `${user}mfa_serial = ${tablet}\n` });
  const { stdout, stderr } = await run("mfa", "list", "u");
  assert.match(stdout, /mfa\/tablet: virtual, used: the profile says so \(.*\), not listed by IAM\n/);
  assert.match(stderr, /IAM does not list the device that is used; .*aws-as mfa choose u/);
});

test("users with security keys only, and users with nothing, are told what that means", async (t) => {
  const keysOnly = await scene(t, { devices: [fido] }).run("mfa", "list", "u");
  assert.match(keysOnly.stdout, /cannot give codes\n$/);
  assert.match(
    keysOnly.stderr,
    /the only MFA device of profile "u" is a FIDO security key or passkey, and AWS/,
  );
  assert.match(keysOnly.stderr, /add a virtual MFA device/);
  const nothing = await scene(t, { devices: [] }).run("mfa", "list", "u");
  assert.deepEqual(nothing, { status: 0, stdout: "", stderr: 'aws-as: IAM lists no MFA device of "u"\n' });
});

test("that no code is asked for is said, with the line that says so", async (t) => {
  const { run } = scene(t, { config: `${user}mfa_serial = none\n` });
  const { stdout, stderr } = await run("mfa", "list", "u");
  assert.equal(stdout, `${phone}: virtual\n`);
  assert.match(stderr, /^aws-as: no code is asked for: the profile says so \(~\/\.aws\/config:3\)\n$/);
});

test("a user who may not list devices is told what to write where, and that the serial is a guess", async (t) => {
  for (const argv of [
    ["mfa", "list", "r"],
    ["mfa", "choose", "r"],
  ]) {
    const { status, stdout, stderr } = await scene(t, { devices: denied }).run(...argv);
    assert.deepEqual([status, stdout], [1, ""]);
    const lines = stderr.split("\n");
    assert.equal(lines[0], 'aws-as: error: IAM does not let "u" list its MFA devices');
    assert.equal(lines[1], "aws-as: hint: name it in ~/.aws/config:");
    assert.equal(lines[2], "aws-as: hint: [aws-as u]");
    assert.equal(lines[3], "aws-as: hint: mfa_serial = arn:aws:iam::111111111111:mfa/me");
    assert.match(lines[4] ?? "", /that is a guess, the usual one for arn:aws:iam::111111111111:user\/me/);
    assert.match(lines[5] ?? "", /aws-as mfa choose u arn:aws:iam::111111111111:mfa\/me$/);
  }
});

test("without an answer of IAM, what is known here is shown", async (t) => {
  for (const devices of [denied, offline]) {
    const { run } = scene(t, { config: `${user}mfa_serial = ${phone}\n`, devices });
    const { status, stdout, stderr } = await run("mfa", "list", "u");
    assert.deepEqual([status, stdout.split(",")[0]], [0, `${phone}: virtual`]);
    assert.equal(stderr, `aws-as: warning: only what is known here is shown: ${devices.message}\n`);
    const { devices: listed } = JSON.parse((await run("mfa", "list", "u", "--json")).stdout);
    assert.equal(listed[0].listed, null);
  }
  const unknown = await scene(t, { devices: offline }).run("mfa", "list", "u");
  assert.deepEqual([unknown.status, unknown.stderr], [1, `aws-as: error: ${offline.message}\n`]);
});

test("where the key may not ask, a session that a code was given for is used, and no code is asked for", async (t) => {
  const { run, fake, machine } = scene(t, { config: `${user}mfa_serial = ${phone}\n`, devices: denied });
  const asked: string[] = [];
  const listMfaDevices: typeof fake.scripted.listMfaDevices = async (_, { accessKeyId }) => {
    asked.push(accessKeyId);
    if (accessKeyId.startsWith("AKIA")) throw denied;
    return { serials: [phone, token] };
  };
  Object.assign(machine, { aws: () => ({ ...fake.scripted, listMfaDevices }) });
  assert.match((await run("mfa", "list", "u")).stderr, /only what is known here/);
  Object.assign(machine, { ask: () => async () => ({ kind: "code", code: "123456", from: "person" }) });
  await run("login", "u");
  const { stdout, stderr } = await run("mfa", "list", "u");
  assert.match(stdout, /^.*mfa\/phone: .*\nGAHT12345678: hardware\n$/);
  assert.equal(stderr, "");
  assert.deepEqual(asked, ["AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "ASIA1"]);
  fake.clock.advance(12 * 3_600_000);
  assert.match((await run("mfa", "list", "u")).stderr, /only what is known here/);
});

test("identities without a long-term key have no device to ask for", async (t) => {
  const config = `${user}[profile p]\ncredential_process = /bin/true\n[profile s]\nsso_start_url = https://x.example/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = x\n`;
  const { run } = scene(t, { config });
  for (const [name, kind] of [
    ["p", "process"],
    ["s", "sso"],
  ] as const) {
    for (const verb of ["list", "choose"]) {
      const { status, stderr } = await run("mfa", verb, name);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`"${name}" does not start from a user's long-term key \\(${kind}, ~/`));
    }
  }
  assert.match((await run("mfa", "list", "nobody")).stderr, /no profile "nobody"/);
});

test("what is remembered and no longer true is forgotten", async (t) => {
  const { run, fake } = scene(t, { devices: [phone] });
  await run("login", "u");
  fake.scripted.devices = [tablet, token];
  const { stdout, stderr } = await run("mfa", "list", "u");
  assert.doesNotMatch(stdout, /phone/);
  assert.match(stderr, /which one is used is open/);
});

test("a chosen device is written where aws-as alone reads it, and everything else stays", async (t) => {
  const { run, file, questions, fake } = scene(t, { devices: [fido, phone, token], choice: 1 });
  const { status, stdout, stderr } = await run("mfa", "choose", "r");
  assert.deepEqual([status, stdout], [0, ""], stderr);
  assert.deepEqual(questions, [[`${phone} (virtual)`, `${token} (hardware)`]]);
  assert.equal(stderr, `aws-as: "u" uses the MFA device ${token}, as ~/.aws/config says now\n`);
  const section = `[aws-as u]\n# generated by aws-as mfa choose\nmfa_serial = ${token}\n`;
  assert.equal(file(), user + section + role);
  assert.deepEqual(fake.scripted.calls, ["list devices"]);
  const again = await run("mfa", "choose", "u", token);
  assert.equal(again.stderr, `aws-as: "u" uses the MFA device ${token} already, as ~/.aws/config says\n`);
});

test("the one that is used now is marked among those to choose from", async (t) => {
  const { run, questions } = scene(t, { config: `${user}mfa_serial = ${token}\n`, devices: [phone, token] });
  await run("mfa", "choose", "u");
  assert.deepEqual(questions, [[`${phone} (virtual)`, `${token} (hardware, used now)`]]);
});

test("a section that is there keeps what else it says", async (t) => {
  const own = `[aws-as u]\nsession_seconds = 3600\nmfa_serial = ${phone} # old\n`;
  const { run, file } = scene(t, { config: user + own, devices: [phone, tablet] });
  assert.equal((await run("mfa", "choose", "u", tablet)).status, 0);
  assert.equal(file(), `${user}[aws-as u]\nsession_seconds = 3600\n# old\nmfa_serial = ${tablet}\n`);
});

test("a single device is taken without a question", async (t) => {
  const { run, file, questions } = scene(t, { devices: [fido, phone] });
  assert.equal((await run("mfa", "choose", "u")).status, 0);
  assert.match(file(), new RegExp(`mfa_serial = ${phone}\n`));
  assert.deepEqual(questions, []);
});

test("with several devices and nobody to choose, each is named with its command, and nothing is written", async (t) => {
  const { run, file } = scene(t, { devices: [phone, token] });
  const { status, stderr } = await run("mfa", "choose", "u");
  assert.equal(status, 1);
  assert.match(
    stderr,
    new RegExp(`error: "u" has 2 MFA devices, and none was chosen\n.*choose u ${phone}\n.*${token}\n$`),
  );
  assert.equal(file(), user + role);
});

const refused: [
  name: string,
  serial: string[],
  devices: readonly string[] | AwsError,
  message: RegExp,
  status: number,
][] = [
  [
    "a device of somebody else",
    [tablet],
    [phone],
    /mfa\/tablet is not an MFA device of "u"\n.*choose u .*phone\n$/,
    1,
  ],
  ["a security key", [fido], [fido], /is a FIDO security key or passkey, and AWS takes no codes/, 1],
  ["what is no serial", ["a b; rm -rf"], [phone], /"a b; rm -rf" is no serial of an MFA device/, 2],
  ["a security key, as the only choice", [], [fido], /the only MFA device of profile "u" is a FIDO/, 1],
  ["two security keys", [], [fido, `${fido}2`], /all 2 MFA devices of profile "u" are FIDO/, 1],
  ["nothing to choose from", [], [], /IAM lists no MFA device of "u"\n.*\n.*choose u none\n$/, 1],
  ["a choice offline", [], offline, /could not reach iam/, 1],
  [
    "a serial, with a key that is dead",
    [phone],
    new AwsError("invalid-credentials", 'AWS does not know the access key ending in "MPLE"'),
    /does not know the access key/,
    1,
  ],
];
for (const [name, serial, devices, message, expected] of refused) {
  test(`not taken, and nothing written: ${name}`, async (t) => {
    const { run, file } = scene(t, { devices });
    const { status, stdout, stderr } = await run("mfa", "choose", "u", ...serial);
    assert.deepEqual([status, stdout], [expected, ""]);
    assert.match(stderr, message);
    assert.equal(file(), user + role);
  });
}

test("a serial that IAM does not confirm is written with a warning", async (t) => {
  for (const devices of [denied, offline]) {
    const { run, file } = scene(t, { devices });
    const { status, stderr } = await run("mfa", "choose", "u", tablet);
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^aws-as: warning: could not check that this is a device of "u": .*\naws-as: "u" uses/,
    );
    assert.match(file(), new RegExp(`mfa_serial = ${tablet}\n`));
  }
});

test("none means that nobody is asked, neither IAM nor a person", async (t) => {
  const { run, file, fake } = scene(t, { config: `${user}mfa_serial = ${phone}\n` });
  const { stderr } = await run("mfa", "choose", "u", "none");
  assert.equal(stderr, `aws-as: "u" uses no MFA device, as ~/.aws/config says now\n`);
  assert.match(file(), /\[aws-as u\]\n# generated by aws-as mfa choose\nmfa_serial = none\n/);
  assert.deepEqual(fake.scripted.calls, []);
  assert.equal((await run("login", "u")).status, 0);
  assert.deepEqual(fake.scripted.calls, ["base"]);
});

test("roles that name another device are told of, since they go on to ask for its codes", async (t) => {
  const config = `${user}${role}mfa_serial = ${phone}\n`;
  const { run } = scene(t, { config, devices: [phone, tablet] });
  const { stderr } = await run("mfa", "choose", "u", tablet);
  assert.match(
    stderr,
    /warning: ~\/\.aws\/config:6: "r" names another device, .*mfa\/phone, and asks for a code/,
  );
});

test("after a choice, what was remembered no longer counts", async (t) => {
  const { run, fake, path } = scene(t, { devices: [phone] });
  await run("login", "u");
  fake.scripted.devices = [phone, tablet];
  await run("mfa", "choose", "u", tablet);
  writeFileSync(path, user);
  assert.match((await run("mfa", "list", "u")).stderr, /which one is used is open/);
});

test("a root user, whose devices IAM does not list, can have one written all the same", async (t) => {
  const devices = new AwsError(
    "invalid-request",
    "AWS does not take this iam:ListMFADevices: Must specify userName",
  );
  const { run, file } = scene(t, { devices });
  const { status, stderr } = await run("mfa", "choose", "u", phone);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /could not check that this is a device of "u"/);
  assert.match(file(), new RegExp(`mfa_serial = ${phone}`));
});
