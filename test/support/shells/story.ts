import assert from "node:assert/strict";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { isStandalone, program } from "../home.ts";
import { withoutPty } from "../pty.ts";
import { answering, assertSameState, awsVariables, open, type Shell } from "./shell.ts";

const names = [
  "AWS_ACCESS_KEY_ID",
  "AWS_ACCOUNT_ID",
  "AWS_AS_ACCESS_KEY_ID",
  "AWS_AS_IDENTITY",
  "AWS_AS_MARKS",
  "AWS_AS_REGION",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
];

/** The tests that every shell has to pass, typed on a terminal as a person would. */
export function storyOf(shell: Shell): void {
  const skip = withoutPty();
  const status = shell.status ?? "$?";

  test(`${shell.name}: the story, and the shell as it was at its end`, { skip }, async (t) => {
    const opened = await open(t, shell, { AWS_AS_QUIET: "" });
    if (!opened) return;
    const { desk, session } = opened;
    const variables = await session.variables();
    const before = await session.state();

    assert.equal(await session.line(shell.activate, "(-) "), shell.says ?? "");
    assert.deepEqual(awsVariables(await session.variables(), desk), {});
    await answering(session, desk, "aws-as my-user1", "(my-user1) ");
    const asUser = awsVariables(await session.variables(), desk);
    assert.equal(asUser["AWS_AS_IDENTITY"], "my-user1");
    // No code: the session is shared.
    const where = "role my-role1 in 111111111111";
    const said = async (line: string, prefix: string) => (await session.line(line, prefix)).trimEnd();
    assert.equal(
      await said("aws-as my-role1", "(my-role1) "),
      `aws-as: my-role1: ${where}, eu-west-1, 1 h left`,
    );
    const asRole = awsVariables(await session.variables(), desk);
    assert.deepEqual(Object.keys(asRole).sort(), names);
    assert.notEqual(asRole["AWS_ACCESS_KEY_ID"], asUser["AWS_ACCESS_KEY_ID"]);
    assert.match(await session.line("aws-as status"), /^\(my-role1\) this shell acts as "my-role1" for /);

    // Back and forth, once in another region, and with new credentials.
    await session.line("aws-as --previous", "(my-user1) ");
    const inAsia = `aws-as: my-role1: ${where}, ap-south-1, 1 h left`;
    assert.equal(await said("aws-as my-role1 --region ap-south-1", "(my-role1) "), inAsia);
    await session.line("aws-as -p", "(my-user1) ");
    assert.equal(await said("aws-as --region ap-south-1 my-role1", "(my-role1) "), inAsia);
    assert.equal(await said("aws-as renew", "(my-role1) "), inAsia);
    const renewed = awsVariables(await session.variables(), desk);
    assert.notEqual(renewed["AWS_ACCESS_KEY_ID"], asRole["AWS_ACCESS_KEY_ID"]);
    assert.equal(renewed["AWS_REGION"], "ap-south-1");
    await session.line("aws-as my-role1", "(my-role1) ");
    const atHome = awsVariables(await session.variables(), desk);
    assert.equal(atHome["AWS_REGION"], "eu-west-1");

    // A failure leaves everything as it is.
    if (shell.statusLine) {
      assert.match(await session.line("aws-as nope"), /aws-as: error: .*nope/);
      assert.match(await session.line(shell.statusLine), /status is 1\s*$/);
    } else {
      const failed = await session.line(`aws-as nope; echo "status is ${status}"`);
      assert.match(failed, /aws-as: error: .*nope[\s\S]*\nstatus is 1\s*$/);
    }
    assert.deepEqual(awsVariables(await session.variables(), desk), atHome);

    assert.equal(await session.line("aws-as -", "(-) "), "");
    assert.deepEqual(await session.variables(), variables);
    // Also from nobody.
    await session.line("aws-as -p", "(my-role1) ");
    await session.line("aws-as use my-role1", "(my-role1) ");
    assert.equal(await session.line("aws-as-deactivate", ""), "");
    assert.deepEqual(await session.variables(), variables);
    assertSameState(before, await session.state());
  });

  test(`${shell.name}: shells-16: activated twice, left with the credentials kept`, { skip }, async (t) => {
    const opened = await open(t, shell);
    if (!opened) return;
    const { desk, session } = opened;
    const before = await session.state();
    await session.line(shell.activate, "(-) ");
    await answering(session, desk, "aws-as my-role1", "(my-role1) ");
    await session.line(shell.activate, "(my-role1) ");
    const acting = awsVariables(await session.variables(), desk);
    assert.match(
      await session.line("aws-as-deactivate --nonsense"),
      shell.usage ?? /usage: aws-as-deactivate \[--keep-creds\]/,
    );
    assert.equal(await session.line("aws-as-deactivate --keep-creds", ""), "");
    assert.deepEqual(awsVariables(await session.variables(), desk), acting);
    const after = await session.state();
    assertSameState(
      before,
      after.filter((line) => !names.some((name) => line.includes(name))),
    );
  });

  test(`${shell.name}: what the user had set comes back`, { skip }, async (t) => {
    const own = {
      AWS_PROFILE: "my-role3",
      AWS_REGION: "us-west-2",
      AWS_ACCESS_KEY_ID: "AKIAOWN",
      AWS_SECRET_ACCESS_KEY: "own secret's",
    };
    const opened = await open(t, shell, own);
    if (!opened) return;
    const { desk, session } = opened;
    const variables = await session.variables();
    const before = await session.state();
    await session.line(shell.activate, "(-) ");
    await answering(session, desk, "aws-as my-role1", "(my-role1) ");
    const acting = awsVariables(await session.variables(), desk);
    assert.equal(acting["AWS_PROFILE"], undefined);
    assert.equal(acting["AWS_REGION"], "eu-west-1");
    // What comes back is told, and no secret.
    assert.equal(
      (await session.line("aws-as-deactivate", "")).trimEnd(),
      "aws-as: gave back AWS_PROFILE=my-role3, AWS_ACCESS_KEY_ID=\u2026AOWN, AWS_SECRET_ACCESS_KEY, AWS_REGION=us-west-2",
    );
    assert.deepEqual(await session.variables(), variables);
    assertSameState(before, await session.state());
  });

  test(`${shell.name}: shells-04: what was set is taken back where the program is gone`, {
    // Its functions know the executable, and not the link that this test takes away.
    skip: skip || (isStandalone && "the stand-alone executable is not removed for a test"),
  }, async (t) => {
    const opened = await open(t, shell, { AWS_PROFILE: "my-role3" });
    if (!opened) return;
    const { desk, session } = opened;
    const before = await session.state();
    await session.line(shell.activate, "(-) ");
    await answering(session, desk, "aws-as my-role1", "(my-role1) ");
    const link = join(desk.home.path, "bin", "aws-as");
    rmSync(link);
    assert.match(await session.line("aws-as -", "(-) "), /the program does not run, so this shell took back/);
    assert.deepEqual(awsVariables(await session.variables(), desk), {});
    symlinkSync(program, link);
    await session.line("aws-as my-role1", "(my-role1) ");
    rmSync(link);
    assert.match(await session.line("aws-as-deactivate", ""), /what was there before stays away/);
    assert.deepEqual(awsVariables(await session.variables(), desk), {});
    const after = await session.state();
    assertSameState(
      before.filter((line) => !line.includes("AWS_PROFILE")),
      after,
    );
  });
}
