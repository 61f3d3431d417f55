/** What a person at the question may do under the aws-cli. What holds for every client is in clients/. */
import assert from "node:assert/strict";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { awsClis, withoutAwsCli } from "../support/aws-clis.ts";
import { makeDesk, wrong } from "../support/desk.ts";
import { withoutLong } from "../support/long.ts";
import { withoutPty } from "../support/pty.ts";

const whoIs = (profile: string) =>
  `aws --profile ${profile} sts get-caller-identity --query Arn --output text`;
const arnOf = (role: string) => new RegExp(`^arn:aws:sts::111111111111:assumed-role/${role}/\\S+$`);

const skip = withoutPty() || withoutAwsCli();

for (const aws of awsClis().slice(withoutLong() ? -1 : 0)) {
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
}
