import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk } from "../support/desk.ts";
import { withoutPty } from "../support/pty.ts";

const skip = withoutPty();
const csv = `Access key ID,Secret access key\n${one.accessKeyId},${one.secretAccessKey}\n`;

/** A person's desk before the first profile. */
async function emptyDesk(t: TestContext) {
  const desk = await makeDesk(t);
  desk.home.writeConfig("");
  writeFileSync(desk.home.credentialsFile, "");
  return desk;
}

test("from nothing to a role, by a person's answers", { skip }, async (t) => {
  const { fake, home, terminal } = await emptyDesk(t);
  const shell = await terminal("bash");
  shell.type("aws-as init\r");
  await shell.waitFor("Access key id of your IAM user: ");
  shell.type("no key\r");
  await shell.waitFor("an access key id is 16 or more capital letters");
  shell.type(`${one.accessKeyId}\r`);
  await shell.waitFor("Secret access key (not shown): ");
  shell.type(`${one.secretAccessKey}\r`);
  await shell.waitFor("Region, such as eu-central-1: ");
  shell.type("Frankfurt\r");
  await shell.waitFor("a region looks like eu-central-1");
  shell.type("eu-central-1\r");
  await shell.waitFor(`AWS knows the key: ${one.userArn}`);
  await shell.waitFor("ARN of a role to act as (empty: none yet): ");
  assert.equal(home.config(), "");
  shell.type(`${one.role1}\r`);
  const told = await shell.waitForPrompt();
  assert.match(told, /try it: aws --profile my-role1 sts get-caller-identity\npty-ready> $/);
  assert.ok(!shell.output().includes(one.secretAccessKey));

  const { status, stdout } = await home.run(["login", "my-role1", "--code", fake.code(one.mfaSerial)]);
  assert.deepEqual([status, stdout], [0, ""]);
  const document = await home.run(["process", "my-role1"]);
  assert.equal(JSON.parse(document.stdout).Version, 1);
  assert.ok(!home.config().includes(one.secretAccessKey));
  assert.ok(home.config().includes(`mfa_serial = ${one.mfaSerial}\n`));
  assert.match(
    home.config(),
    /^\[profile my-user1\]\n(#.*\n)*region = eu-central-1\ncredential_process = .* my-user1\n/m,
  );
  assert.equal((await home.run(["doctor"])).status, 0);
});

test("Ctrl-C at any question leaves everything as it was", { skip }, async (t) => {
  const { home, terminal } = await emptyDesk(t);
  const shell = await terminal("bash");
  const answers = [
    ["Access key id of your IAM user: ", one.accessKeyId],
    ["Secret access key (not shown): ", one.secretAccessKey],
    ["Region, such as eu-central-1: ", "eu-central-1"],
    ["ARN of a role to act as (empty: none yet): ", ""],
  ] as const;
  for (const last of answers.keys()) {
    shell.type("aws-as init\r");
    for (const [question, answer] of answers.slice(0, last)) {
      await shell.waitFor(question);
      shell.type(`${answer}\r`);
    }
    await shell.waitFor(answers[last]?.[0] ?? "");
    shell.press("ctrl-c");
    assert.match(await shell.waitForPrompt(), /aws-as: error: cancelled; nothing was changed\npty-ready> $/);
    assert.equal((await shell.run("echo $?")).trim(), "130");
    assert.equal(home.config(), "");
    assert.deepEqual(readdirSync(join(home.path, ".aws/aws-as/store")), ["master-key.json"]);
  }
});

test("from nothing by options, as a script does it, with the file that AWS hands out", async (t) => {
  const { fake, home } = await emptyDesk(t);
  const file = join(home.path, "my-user1_accessKeys.csv");
  writeFileSync(file, csv);
  const words = ["init", "--key", "my-user1_accessKeys.csv", "--region", "eu-central-1", "--role", one.role2];
  const run = await home.run(words);
  assert.deepEqual([run.status, run.stdout], [0, ""], run.stderr);
  assert.match(run.stderr, /noted the MFA device of my-user1/);
  assert.match(run.stderr, /warning: my-user1_accessKeys\.csv holds the key in plain text: delete it\n/);
  assert.equal(readFileSync(file, "utf8"), csv);
  const login = await home.run(["login", "my-role2", "--code", fake.code(one.mfaSerial)]);
  assert.equal(login.status, 0, login.stderr);
  const again = await home.run(words);
  assert.deepEqual([again.status, again.stdout], [1, ""]);
  assert.match(
    again.stderr,
    /there is a profile "my-user1" already\naws-as: hint: .*aws-as keys add my-user1\n/,
  );

  const other = ["init", "--key", "-", "--region", "eu-west-1", "--user", "me"];
  const third = await home.run(other, { input: `${one.accessKeyId}\n${one.secretAccessKey}\n` });
  assert.equal(third.status, 0, third.stderr);
  assert.match(home.config(), /^\[profile me\]\n(#.*\n)*region = eu-west-1\ncredential_process = .* me\n/m);
});

test("what options say wrongly is told, and nothing is written", async (t) => {
  const { home } = await emptyDesk(t);
  const key = ["--key", "-"];
  const wrong: readonly (readonly [readonly string[], RegExp, number])[] = [
    [[...key, "--region", "Frankfurt"], /"Frankfurt" is no region: a region looks like eu-central-1/, 2],
    [[...key, "--region", "eu-west-1", "--role", "admin"], /"admin" is no role: the ARN of a role/, 2],
    [[...key, "--region", "eu-west-1", "--user", "a b"], /"a b" cannot be the name of a profile/, 2],
    [[...key, "--dry-run"], /begin from nothing: without names, --remove and --dry-run/, 2],
    [["--key", "absent.csv"], /there is no file absent\.csv/, 2],
    [
      ["--region", "eu-west-1"],
      /there is no way to ask: .*\naws-as: hint: aws-as init --key accessKeys\.csv/,
      1,
    ],
    [[], /there is no identity in /, 1],
  ];
  for (const [words, message, expected] of wrong) {
    const input = `${one.accessKeyId} ${one.secretAccessKey}`;
    const { status, stdout, stderr } = await home.run(["init", ...words], { input });
    assert.deepEqual([status, stdout], [expected, ""], `${words.join(" ")}: ${stderr}`);
    assert.match(stderr, message);
    assert.equal(home.config(), "");
  }
  assert.ok(!existsSync(join(home.path, ".aws/aws-as/store/index.json")));
});
