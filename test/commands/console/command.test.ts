import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import test from "node:test";
import { AwsError } from "../../../src/aws/aws-error.ts";
import { Secret } from "../../../src/system/secret.ts";
import { type FakeMachine, type FakeMachineOptions, fakeMachine } from "../../support/fake-machine.ts";
import { device } from "../../support/identities.ts";
import { runArgv } from "../../support/run-argv.ts";
import { scriptedPrompt } from "../../support/scripted-prompt.ts";
import { text } from "../../support/told.ts";

const config = `[profile u]\nregion = eu-west-1\nmfa_serial = ${device}\n
[profile r]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = u\n
[profile cn]\nregion = cn-north-1\nrole_arn = arn:aws-cn:iam::111111111111:role/r\nsource_profile = u\n
[profile iso]\nregion = us-iso-east-1\nrole_arn = arn:aws-iso:iam::111111111111:role/r\nsource_profile = u\n`;
const credentials = "[u]\naws_access_key_id = AKIAUSER\naws_secret_access_key = canary-key\n";

function scene(options: FakeMachineOptions = {}) {
  const machine = fakeMachine({ config, credentials, ask: scriptedPrompt("123456"), ...options });
  return { machine, run: (...words: string[]) => consoleOf(machine, words) };
}

async function consoleOf(machine: FakeMachine, words: readonly string[]) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const status = await runArgv(["console", ...words], { machine, ...streams, colorDepth: 1, failure: "" });
  const [stdout, stderr] = [text(streams.stdout), text(streams.stderr)];
  assert.ok(!`${stdout}${stderr}`.includes("canary-key"));
  return { status, stdout, stderr };
}

test("the console has a whole hour where that needs no person, and what is left where it does", async () => {
  const { machine, run } = scene();
  await run("r", "--print");
  assert.deepEqual(machine.scripted.calls, ["base 123456", "r by ASIA1", "sign in ASIA2"]);
  // Of a moment ago: it is used.
  await run("r", "--print");
  assert.deepEqual(machine.scripted.calls.slice(3), ["sign in ASIA2"]);
  machine.clock.advance(30 * 60_000);
  const renewed = await run("r", "--print");
  assert.deepEqual(machine.scripted.calls.slice(4), ["r by ASIA1", "sign in ASIA3"]);
  assert.match(renewed.stderr, /is "r" \(account 111111111111\) for 1 h 0 min\n$/);
  // What cannot be renewed at the moment is used as it is.
  machine.clock.advance(10 * 60_000);
  machine.scripted.failures.push(new AwsError("network", "no way"));
  const kept = await run("r", "--print");
  assert.deepEqual(machine.scripted.calls.slice(6), ["r by ASIA1", "sign in ASIA3"]);
  assert.match(kept.stderr, /for 50 min\n$/);
  // The user's session ends, and with it what can be had without a code; the role's session goes on.
  const base = [...machine.memory.contents.keys()].find((name) => name.startsWith("session of key"));
  await machine.memory.remove(base ?? "");
  machine.clock.advance(20 * 60_000);
  const left = await run("r", "--print");
  assert.deepEqual(machine.scripted.calls.slice(8), ["sign in ASIA3"]);
  assert.match(left.stderr, /for 30 min\n$/);
});

test("China's console is China's, and the page and the region are what was asked for", async () => {
  const { run } = scene();
  const { stdout } = await run("cn", "--print", "--service", "ddb", "--region", "cn-northwest-1");
  const link = new URL(stdout);
  assert.equal(link.origin, "https://cn-northwest-1.signin.amazonaws.cn");
  assert.equal(
    link.searchParams.get("Destination"),
    "https://cn-northwest-1.console.amazonaws.cn/dynamodbv2/home?region=cn-northwest-1",
  );
});

const refusals: readonly (readonly [words: readonly string[], status: number, error: RegExp])[] = [
  [["r", "--region", "cn-north-1"], 1, /region "cn-north-1" lies in partition "aws-cn"/],
  [["r", "--region", "evil.example/"], 1, /region "evil\.example\/" is not a region's name/],
  [["r", "--service", "x?y"], 2, /"x\?y" is no name of a service/],
  [
    ["r", "--destination", "http://console.aws.amazon.com"],
    2,
    /the destination is not an https:\/\/ address/,
  ],
  [["r", "--destination", "https://x", "--service", "s3"], 2, /--service and --destination both say/],
  [["r", "--duration", "soon"], 2, /--duration "soon" is no time/],
  [["r", "--duration", "5m"], 2, /stays open for 15 min at least, and 12 h 0 min at most/],
  [["u", "--duration", "37h"], 2, /stays open for 15 min at least, and 36 h 0 min at most/],
  [["r", "--container", "a", "--browser-profile", "b"], 2, /--container is Firefox's/],
  [["iso", "--print"], 1, /the address of the console of partition "aws-iso" is not public/],
  [[], 2, /say as whom: this shell acts as nobody/],
  [["r"], 1, /there is no display, so no browser can be shown\naws-as: hint: .*: aws-as console r --print\n/],
];

for (const [words, expected, error] of refusals) {
  test(`nobody is asked and AWS is not called by: console ${words.join(" ")}`, async () => {
    const { machine, run } = scene({ ask: scriptedPrompt() });
    const { status, stderr, stdout } = await run(
      ...words,
      ...(words.length === 1 || words.length === 0 ? [] : ["--print"]),
    );
    assert.deepEqual([status, stdout], [expected, ""]);
    assert.match(stderr, error);
    assert.deepEqual(machine.scripted.calls, []);
  });
}

test("the session goes to no unencrypted address of another machine", async () => {
  for (const [address, isRefused] of [
    ["http://192.0.2.1:4566", true],
    ["http://127.0.0.1.evil.example", true],
    ["http://localhost:4566", false],
    ["http://[::1]:4566", false],
    ["https://signin.example.com", false],
  ] as const) {
    const { machine, run } = scene({ env: { AWS_ENDPOINT_URL_SIGNIN: address } });
    const { status, stderr } = await run("r", "--print");
    assert.deepEqual([status, machine.scripted.calls.length], isRefused ? [1, 0] : [0, 3], stderr);
    if (isRefused) assert.match(stderr, /where the session would go unencrypted/);
  }
});

test("a user who may not call GetFederationToken is told what is missing", async () => {
  const { machine, run } = scene();
  machine.scripted.failures.push(new AwsError("access-denied", "AWS denied sts:GetFederationToken: no"));
  const { status, stderr } = await run("u", "--print");
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^aws-as: error: AWS denied sts:GetFederationToken: no\naws-as: hint: the user needs sts:GetFederationToken/,
  );
});

test("this shell's identity needs no name", async () => {
  const env = { AWS_AS_IDENTITY: "r", AWS_AS_ACCESS_KEY_ID: "ASIA9", AWS_ACCESS_KEY_ID: "ASIA9" };
  const { stderr } = await scene({ env }).run("--print");
  assert.match(stderr, /is "r" \(account/);
});

test("of Identity Center, the console may be as long as is wished, and a longer one than AWS gives is told as that", async () => {
  const sso =
    "[profile s]\nregion = eu-west-1\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 444444444444\nsso_role_name = Dev\n";
  const { machine, run } = scene({
    config: sso,
    source: async () => ({
      accessKeyId: "ASIASSO",
      secretAccessKey: new Secret("canary-key"),
      sessionToken: new Secret("t"),
      expiresAt: machine.clock.now() + 3_600_000,
    }),
  });
  const { stderr } = await run("s", "--print", "--duration", "4h");
  assert.deepEqual(machine.scripted.calls, ["sign in ASIASSO for 14400"]);
  assert.match(stderr, /is "s" \(account 444444444444\) for 4 h 0 min\n$/);
  machine.scripted.failures.push(new AwsError("access-denied", "no"));
  const refused = await run("s", "--print", "--duration", "12h");
  assert.match(
    refused.stderr,
    /^aws-as: error: AWS opens no console of 12 h 0 min for "s"\naws-as: hint: choose a shorter/,
  );
});
