import assert from "node:assert/strict";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { awsClis, withoutAwsCli } from "../support/aws-clis.ts";
import { makeDesk, wrong } from "../support/desk.ts";
import { laterBy } from "../support/later.ts";
import { withoutPty } from "../support/pty.ts";

const whoIs = (profile: string) =>
  `aws --profile ${profile} sts get-caller-identity --query Arn --output text`;
const arnOf = (role: string) => new RegExp(`^arn:aws:sts::111111111111:assumed-role/${role}/\\S+$`);

const skip = withoutPty() || withoutAwsCli();

for (const aws of awsClis()) {
  test(`${aws.version} asks once on the terminal, for a role, another role and the user`, {
    skip,
  }, async (t) => {
    const { fake, terminal } = await makeDesk(t, { aws });
    const shell = await terminal("bash");

    shell.type(`${whoIs("as-my-role1")}\r`);
    await shell.waitFor(`MFA code for my-user1 (${one.mfaSerial}): `);
    const code = fake.code(one.mfaSerial);
    shell.type(`${code}\r`);
    const answer = await shell.waitForPrompt();
    assert.match(answer.split("\n")[1] ?? "", arnOf("my-role1"), answer);

    assert.match((await shell.run(whoIs("as-my-role2"))).trim(), arnOf("my-role2"));
    assert.equal((await shell.run(whoIs("as-my-user1"))).trim(), one.userArn);
    assert.match((await shell.run(whoIs("as-my-role1"))).trim(), arnOf("my-role1"));
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 2, GetCallerIdentity: 4 });
  });

  test(`${aws.version}: a wrong code is asked for again, with AWS's reason`, { skip }, async (t) => {
    const { fake, terminal } = await makeDesk(t, { aws });
    const shell = await terminal("bash");

    shell.type(`${whoIs("as-my-role1")}\r`);
    await shell.waitFor("MFA code for my-user1");
    const code = fake.code(one.mfaSerial);
    shell.type(`${wrong(code)}\r`);
    await shell.waitFor(`AWS refused the MFA code for ${one.mfaSerial}\nMFA code for my-user1`);
    shell.type(`${code}\r`);
    const answer = await shell.waitForPrompt();
    assert.match(answer.split("\n")[1] ?? "", arnOf("my-role1"), answer);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 2, AssumeRole: 1, GetCallerIdentity: 1 });
  });

  test(`${aws.version}: Ctrl-C at the question ends it, and the terminal is as before`, {
    skip,
  }, async (t) => {
    const { fake, terminal } = await makeDesk(t, { aws });
    const shell = await terminal("bash");
    const before = await shell.run("stty -a");

    shell.type(`${whoIs("as-my-role1")}\r`);
    await shell.waitFor("): ");
    shell.press("ctrl-c");
    await shell.waitForPrompt();
    assert.equal((await shell.run("echo status $?")).trim(), "status 130");
    assert.equal(await shell.run("stty -a"), before);
    // Nothing holds the lock: login asks at once.
    shell.type("aws-as login my-role1\r");
    await shell.waitFor("): ");
    shell.type(`${fake.code(one.mfaSerial)}\r`);
    await shell.waitFor('"my-role1" is good for');
    await shell.waitForPrompt();
    assert.match((await shell.run(whoIs("as-my-role1"))).trim(), arnOf("my-role1"));
  });

  test(`${aws.version}: Ctrl-D says no, which holds for a moment`, { skip }, async (t) => {
    const { fake, terminal } = await makeDesk(t, { aws });
    const shell = await terminal("bash");
    shell.type(`${whoIs("as-my-role1")}\r`);
    await shell.waitFor("): ");
    shell.press("ctrl-d");
    const refused =
      "Error when retrieving credentials from custom-process: aws-as: error: no MFA code was given for";
    const answer = await shell.waitForPrompt();
    assert.ok(answer.includes(`${refused} "my-role1"\n`), answer);
    // The same base session, so the same answer, with the way out.
    const other = await shell.run(whoIs("as-my-role2"));
    assert.ok(other.includes(`${refused} "my-role1"`), other);
    assert.ok(other.includes("aws-as login my-role2\n"), other);
    assert.deepEqual(fake.requests.counts(), {});
  });

  test(`${aws.version} without a terminal shows the command that helps`, async (t) => {
    const { fake, alone } = await makeDesk(t, { aws });
    const run = await alone("aws", ["--profile", "as-my-role1", "sts", "get-caller-identity"]);
    assert.deepEqual([run.status === 0, run.stdout], [false, ""]);
    const told = [
      'Error when retrieving credentials from custom-process: aws-as: error: "my-role1" needs an MFA code, and there is no way to ask for one: there is no terminal',
      "aws-as: hint: start a session in a terminal first: aws-as login my-role1",
    ];
    assert.deepEqual(run.stderr.trim().split("\n"), told);
    assert.deepEqual(fake.requests.counts(), {});
  });

  test(`${aws.version}: ten at once on a terminal ask one question`, { skip }, async (t) => {
    const { fake, terminal } = await makeDesk(t, { aws });
    const shell = await terminal("bash");
    shell.type(`sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do ${whoIs("as-my-role1")} & done; wait'\r`);
    await shell.waitFor("): ", 60_000);
    shell.type(`${fake.code(one.mfaSerial)}\r`);
    const answers = await shell.waitForPrompt(120_000);
    assert.equal(answers.match(/assumed-role\/my-role1\//g)?.length, 10, answers);
    assert.doesNotMatch(answers, /MFA code/);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1, GetCallerIdentity: 10 });
  });

  test(`${aws.version} asks again when the session has ended`, { skip }, async (t) => {
    const preload = laterBy("16m", t);
    if (preload === undefined) return;
    const { fake, terminal } = await makeDesk(t, { aws, settings: "\n[aws-as]\nsession_seconds = 900\n" });
    const shell = await terminal("bash");
    shell.type(`${whoIs("as-my-user1")}\r`);
    await shell.waitFor("): ");
    shell.type(`${fake.code(one.mfaSerial)}\r`);
    await shell.waitForPrompt();

    fake.advance(16 * 60_000);
    const later = await terminal("bash", preload);
    later.type(`${whoIs("as-my-user1")}\r`);
    await later.waitFor("): ");
    later.type(`${fake.code(one.mfaSerial)}\r`);
    assert.match(await later.waitForPrompt(), /user\/my-user1/);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 2, GetCallerIdentity: 2 });
  });
}
