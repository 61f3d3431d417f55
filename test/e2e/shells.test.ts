import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { awsClis, withoutAwsCli } from "../support/aws-clis.ts";
import { makeDesk } from "../support/desk.ts";
import type { Home } from "../support/home.ts";
import { installed } from "../support/installed.ts";
import { laterBy } from "../support/later.ts";
import { type ShellPty, withoutPty } from "../support/pty.ts";

const skip = withoutPty() || withoutAwsCli();
const [aws] = awsClis();
const whoAmI = "aws sts get-caller-identity --query Arn --output text";
const role1 = /^arn:aws:sts::111111111111:assumed-role\/my-role1\/\S+$/;

/** What the shell hands to a program. `_` is the shell's own diary. Through a file, for the prompt stands in it too. */
async function variables(shell: ShellPty, home: Home): Promise<string> {
  await shell.run("env -0 | sort -z | grep -zv '^_=' > ~/variables");
  return readFileSync(join(home.path, "variables"), "utf8");
}

async function heldBy(shell: ShellPty, name: string): Promise<string> {
  return (await shell.run(`printenv ${name} || echo unset`)).trim();
}

for (const kind of ["bash", "zsh", "sh"] as const) {
  for (const [how, toEval] of [
    ["unquoted", (command: string) => `eval $(${command})`],
    ["quoted", (command: string) => `eval "$(${command})"`],
  ] as const) {
    test(`${kind}: ${how} eval acts as a role, and as nobody again`, { skip }, async (t) => {
      if (!installed(kind, t)) return;
      const { fake, home, terminal } = await makeDesk(t, { aws });
      const shell = await terminal(kind);
      const before = await variables(shell, home);

      shell.type(`${toEval("aws-as env my-role1")}\r`);
      await shell.waitFor(`MFA code for my-user1 (${one.mfaSerial}): `);
      shell.type(`${fake.code(one.mfaSerial)}\r`);
      assert.doesNotMatch(await shell.waitForPrompt(), /error|warning/);
      assert.match((await shell.run(whoAmI)).trim(), role1);
      const status = await shell.run("aws-as status");
      assert.match(
        status,
        /^\(my-role1\) this shell acts as "my-role1" for (59 min|1 h 0 min), until \S+Z\n/,
      );
      assert.match(status, /\nsessions in the store:\n( {2}\S.* left\n){2}$/);
      assert.equal(await heldBy(shell, "AWS_REGION"), "eu-west-1");
      const credentials = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";
      const held = await heldBy(shell, credentials);

      assert.equal(await shell.run(toEval("aws-as env -")), "");
      assert.equal(await variables(shell, home), before);
      assert.equal(await shell.run("aws-as status | head -1"), "(-) this shell acts as nobody\n");

      const second = await terminal(kind);
      assert.equal(await second.run(toEval("aws-as env my-role1")), "");
      // Those with which AWS took it for the role.
      assert.equal(await heldBy(second, credentials), held);
    });
  }

  test(`${kind}: what the user had set himself`, { skip }, async (t) => {
    if (!installed(kind, t)) return;
    const { fake, alone, home, terminal } = await makeDesk(t, { aws });
    home.writeConfig(
      home.config().replace("[profile my-role2]\nregion = eu-west-1\n", "[profile my-role2]\n"),
    );
    const login = await alone("aws-as", ["login", "my-user1", "--code", fake.code(one.mfaSerial)]);
    assert.equal(login.status, 0, login.stderr);
    const own = { AWS_PROFILE: "my-role3", AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-east-2" };
    const shell = await terminal(kind, own);

    // The credentials would lose against the profile in some clients. The region goes only where the role has one.
    assert.equal(await shell.run("eval $(aws-as env my-role2)"), "");
    assert.equal(await heldBy(shell, "AWS_PROFILE"), "unset");
    assert.equal(await heldBy(shell, "AWS_REGION"), "us-west-2");
    assert.match(await shell.run(whoAmI), /assumed-role\/my-role2/);
    assert.equal(await shell.run("eval $(aws-as env my-role1)"), "");
    assert.equal(await heldBy(shell, "AWS_REGION"), "eu-west-1");
    assert.equal(await heldBy(shell, "AWS_DEFAULT_REGION"), "eu-west-1");
    // Back to one without a region: the user's own holds again, and ours does not stay behind (shells-02).
    assert.equal(await shell.run("eval $(aws-as env my-role2)"), "");
    assert.equal(await heldBy(shell, "AWS_REGION"), "us-west-2");
    assert.equal(await heldBy(shell, "AWS_DEFAULT_REGION"), "us-east-2");
    // A region chosen after the switch is the user's.
    assert.equal(await shell.run("eval $(aws-as env my-role1); export AWS_REGION=us-west-1"), "");
    assert.equal(await shell.run("eval $(aws-as env -)"), "aws-as: gave back AWS_DEFAULT_REGION=us-east-2\n");
    assert.equal(await heldBy(shell, "AWS_REGION"), "us-west-1");
    assert.equal(await heldBy(shell, "AWS_DEFAULT_REGION"), "us-east-2");
    assert.equal(await heldBy(shell, "AWS_SESSION_TOKEN"), "unset");
  });

  test(`${kind}: a strict script stops where the identity is unknown`, async (t) => {
    if (!installed(kind, t)) return;
    const { env } = await makeDesk(t);
    // dash has learnt pipefail only lately.
    const strict = kind === "sh" ? "set -eu" : "set -euo pipefail";
    for (const line of [
      'eval "$(aws-as env nope)"',
      "eval $(aws-as env nope)",
      "eval $(aws-as env --nope)",
    ]) {
      const script = `${strict}\n${line}\necho went on\n`;
      const run = spawnSync(kind, ["-c", script], { env, encoding: "utf8" });
      assert.deepEqual([run.stdout, run.status], ["", 1], `${line}\n${run.stderr}`);
      assert.match(run.stderr, /^aws-as: error: .*nope/);
    }
  });
}

test("a session that ends in the shell is told by status, and asked for again", { skip }, async (t) => {
  const preload = laterBy("13h", t);
  if (preload === undefined) return;
  const { fake, terminal } = await makeDesk(t, { aws });
  const shell = await terminal("bash");
  shell.type("eval $(aws-as env my-role1)\r");
  await shell.waitFor("): ");
  shell.type(`${fake.code(one.mfaSerial)}\r`);
  await shell.waitForPrompt();

  fake.advance(13 * 3_600_000);
  await shell.run(
    `export ${Object.entries(preload)
      .map(([name, value]) => `${name}='${value}'`)
      .join(" ")}`,
  );
  assert.match(
    await shell.run("aws-as status"),
    /^\(my-role1\) the session of "my-role1" ended at \S+Z\n.*for a new session: evaluate aws-as env --renew as before\n$/,
  );
  assert.match(await shell.run(whoAmI), /still expired|ExpiredToken/);
  shell.type("eval $(aws-as env --renew)\r");
  await shell.waitFor("): ");
  shell.type(`${fake.code(one.mfaSerial)}\r`);
  await shell.waitForPrompt();
  assert.match((await shell.run(whoAmI)).trim(), role1);
});
