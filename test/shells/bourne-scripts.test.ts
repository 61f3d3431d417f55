import assert from "node:assert/strict";
import test, { after } from "node:test";
import { type Desk, makeDesk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { files, runShell, signIn } from "../support/shells/scripts.ts";

// In scripts some of these expand no aliases, so the functions behind them are called.
const shells: [string, string[]][] = [
  ["dash", []],
  ["bash", []],
  ["zsh", ["-f"]],
  ["busybox", ["ash"]],
  ["ksh", []],
  ["mksh", []],
  ["yash", []],
  ["posh", []],
];

/** One for all, which change nothing at it. */
let shared: Promise<Desk> | undefined;
const clearings: (() => unknown)[] = [];
after(async () => {
  for (const clear of clearings) await clear();
});
function signedIn(): Promise<Desk> {
  shared ??= makeDesk({ after: (clear) => clearings.unshift(clear as () => unknown) }).then(async (desk) => {
    await signIn(desk);
    files(desk, { code: (await desk.alone("aws-as", ["-s"])).stdout });
    return desk;
  });
  return shared;
}

for (const [shell, args] of shells) {
  const name = [shell, ...args].join(" ");

  test(`${name}: what the functions keep is exported to no program, even where all variables are`, async (t) => {
    if (!installed(shell, t)) return;
    const desk = await signedIn();
    const script = `set -a; eval "$(cat ~/code)"; __aws_as my-role1; env -0`;
    const env = { AWS_ACCESS_KEY_ID: "AKIAOWN", AWS_SECRET_ACCESS_KEY: "canary", AWS_PROFILE: "my-role3" };
    const { status, stdout, stderr } = await runShell(desk, [shell, ...args, "-c", script], { env });
    assert.deepEqual([status, stderr.replace(/^aws-as: this shell allows no dash.*\n/, "")], [0, ""]);
    assert.match(stdout, /AWS_AS_IDENTITY=my-role1\0/);
    assert.doesNotMatch(stdout, /canary|\0__aws_as_kept/);
  });

  test(`${name}: a strict script stops at a switch that fails, and goes on after one that does not`, async (t) => {
    if (!installed(shell, t)) return;
    const desk = await signedIn();
    const strict = 'set -eu; eval "$(cat ~/code)"; __aws_as my-role1; echo one; __aws_as nope; echo two';
    const run = await runShell(desk, [shell, ...args, "-c", strict]);
    assert.deepEqual([run.status, run.stdout], [1, "one\n"]);
    assert.match(run.stderr, /aws-as: error: no profile "nope"/);
  });

  test(`${name}: a subshell switches for itself, and leaves for itself`, async (t) => {
    if (!installed(shell, t)) return;
    const desk = await signedIn();
    const say = 'echo "${AWS_AS_IDENTITY-nobody} ${AWS_ACCESS_KEY_ID+key}"';
    const script = `eval "$(cat ~/code)"; __aws_as my-role1; (__aws_as my-role2; ${say}); ${say}; (__aws_as_deactivate; ${say}); ${say}`;
    const { stdout } = await runShell(desk, [shell, ...args, "-c", script]);
    assert.equal(stdout, "my-role2 key\nmy-role1 key\nnobody \nmy-role1 key\n");
  });
}
