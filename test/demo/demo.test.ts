import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { ended } from "../support/home.ts";
import { startPty, withoutPty } from "../support/pty.ts";

const demo = resolve(import.meta.dirname, "../../demo/demo.js");
const path = process.env["PATH"] ?? "/usr/bin:/bin";
const skip = withoutPty();

/** Without a terminal anywhere, as CI does it. */
function play(args: readonly string[] = [], env: Record<string, string> = { PATH: path }) {
  const child = spawn(process.execPath, [demo, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return ended(child);
}

function homeIn(output: string): string {
  const [home] = /\/\S*\/aws-as-demo-\w+/.exec(output) ?? [];
  assert.ok(home, output);
  return home;
}

test("the demo tells the whole story without a terminal, and takes everything away", { skip }, async () => {
  const { status, stdout, stderr } = await play();
  assert.deepEqual([status, stderr], [0, ""], stdout);
  for (const line of [
    /^\$ aws-as init --dry-run my-role1-dev$/m,
    /^aws-as: added profile as-my-role2-dev in ~\/\.aws\/config$/m,
    /^MFA code for my-user1 \(arn:aws:iam::111111111111:mfa\/my-user1\): 123456\nAWS refused the MFA code/m,
    /^\{"Version":1,"AccessKeyId":"ASIA\w{16}","SecretAccessKey":".{4}….{4}","SessionToken":".{4}….{4}",/m,
    /^arn:aws:sts::111111111111:assumed-role\/my-role2\/\S+$/m,
    /^\$ eval \$\(aws-as env my-role1-dev\)\naws-as: my-role1-dev: role .* left\n\$ env \| grep AWS_ \| sort\nAWS_ACCESS_KEY_ID=ASIA/m,
    /^AWS_SECRET_ACCESS_KEY=.{4}….{4}\nAWS_SESSION_TOKEN=.{4}….{4}$/m,
    /^\(my-role2-dev\) this shell acts as "my-role2-dev"/m,
    /^\$ eval \$\(aws-as env -\)\n\$ env \| grep AWS_\nAWS_ENDPOINT_URL=\S+\n\n/m,
    /^1 ListMFADevices, 1 GetSessionToken \(and 1 refused\), 2 AssumeRole, [12] GetCallerIdentity$/m,
  ]) {
    assert.match(stdout, line);
  }
  assert.ok(!stdout.includes("\x1b"), "colours where there is no terminal");
  assert.doesNotMatch(stdout, /[\w+/]{100}/, "a session token");
  assert.ok(!stdout.includes(one.secretAccessKey));
  assert.ok(!existsSync(homeIn(stdout)));
});

test("the demo fails, and says where, when a step does something else", { skip }, async (t) => {
  const bin = mkdtempSync(join(tmpdir(), "aws-as-bin-"));
  t.after(() => rmSync(bin, { recursive: true }));
  const aws = '#!/bin/sh\n[ "$1" = --version ] && echo aws-cli/2.13.0 || echo nobody\n';
  writeFileSync(join(bin, "aws"), aws, { mode: 0o755 });
  const { status, stdout, stderr } = await play([], { PATH: `${bin}:${path}` });
  assert.equal(status, 1, stdout);
  assert.match(stderr, /^\ndemo: FAILED: "aws --profile as-my-role1-dev .*" did not print what it should/);
  assert.ok(!existsSync(homeIn(stdout)));
});

test("Ctrl-C ends the demo and takes everything away", { skip }, async (t) => {
  const terminal = startPty(process.execPath, [demo]);
  t.after(() => terminal.close());
  const home = homeIn(await terminal.waitFor("$ aws-as init\n"));
  assert.ok(existsSync(home));
  terminal.press("ctrl-c");
  assert.equal((await terminal.exit()).code, 130);
  assert.ok(!existsSync(home));
});

for (const shell of ["/bin/bash", "/bin/sh"]) {
  const options = { skip: existsSync(shell) ? skip : `SKIPPED: no ${shell} here` };
  test(`--shell leaves a person in ${shell} with an authenticator app`, options, async (t) => {
    const terminal = startPty(process.execPath, [demo, "--shell"], { env: { SHELL: shell } });
    t.after(() => terminal.close());
    const typed = async (command: string) => {
      terminal.type(`${command}\r`);
      await terminal.waitFor("\n");
    };
    const home = homeIn(await terminal.waitFor("demo $ "));
    await typed("code");
    const [code = ""] = /\d{6}/.exec(await terminal.waitFor("demo $ ")) ?? [];
    await typed("aws-as login my-user1-dev");
    await terminal.waitFor(/MFA code for my-user1 \(.*\): $/);
    await typed(code);
    await terminal.waitFor('"my-user1-dev" is good for');
    await terminal.waitFor("demo $ ");
    await typed("code");
    assert.doesNotMatch(await terminal.waitFor("demo $ "), new RegExp(code), "a used code");
    await typed("eval $(aws-as env my-role1-dev); node whoami.js");
    await terminal.waitFor("assumed-role/my-role1/");
    await terminal.waitFor("demo $ ");
    terminal.type("exit\r");
    assert.equal((await terminal.exit()).code, 0);
    assert.ok(!existsSync(home));
  });
}

test("--shell refuses to start without a terminal", async () => {
  const { status, stdout, stderr } = await play(["--shell"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^demo: --shell needs a terminal/);
});
