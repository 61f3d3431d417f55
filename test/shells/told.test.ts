import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { makeDesk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import { runScript, runShell, signIn } from "../support/shells/scripts.ts";
import { open } from "../support/shells/shell.ts";
import { zsh } from "../support/shells/zsh.ts";

// What a person is told where a shell cannot do what was meant.

const ended =
  "aws-as: warning: that switch ended with the pipe, ( ) or job it was in, and this shell is as it was\n";

test("bash: shells-11: a switch that nothing follows in a pipe says that it changed nothing, and no other does", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  const told = async (line: string) => {
    const run = await runScript(desk, ["bash"], ['eval "$(aws-as -s)"', line, 'echo "$?"']);
    return [run.stdout, run.stderr];
  };
  const number = "echo $((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))";
  const isSince51 = Number((await runShell(desk, ["bash", "-c", number])).stdout) >= 501;
  // Before 5.1 bash runs an EXIT trap in ( ) alone, and tells in there of none that is the outer shell's.
  const more = isSince51 ? ["aws-as my-role1 | cat", "aws-as my-role1 & wait"] : [];
  for (const line of [...more, "(aws-as my-role1)"]) assert.deepEqual(await told(line), ["0\n", ended], line);
  for (const line of [
    "aws-as my-role1",
    '(aws-as my-role1; [[ "$AWS_AS_IDENTITY" ]])',
    "{ aws-as my-role1; /bin/true; } | cat",
    "(aws-as my-role1; for x in 1; do :; done) | cat",
    "(aws-as my-role1; exec true)",
    ...(isSince51 ? ["trap : EXIT; (aws-as my-role1)"] : []),
  ])
    assert.deepEqual(await told(line), ["0\n", ""], line);
});

test("zsh: shells-11: a switch that is typed before a pipe says that it changed nothing, and no other does", {
  skip: withoutPty(),
}, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(zsh.activate, "(-) ");
  assert.equal(await session.line("aws-as my-role1 | cat"), ended);
  assert.equal(await session.line("(aws-as my-role1; :) | cat"), "");
  assert.equal(await session.line("aws-as my-role1 || echo no", "(my-role1) "), "");
});

test("shells-15: a restricted shell says why it cannot have the functions, and what works there", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  const lines = ['eval "$(aws-as -s)"; echo "$?"', "set | grep -c ^__aws_as", "aws-as my-role1; exit"];
  const run = await runShell(desk, ["bash", "-r", "-c", lines.join("\n")]);
  assert.equal(run.stdout, "1\n0\n");
  assert.match(run.stderr, /^aws-as: error: this is a restricted shell.*\naws-as: hint: .*env NAME/);
  const hint = /hint: to act as an identity in such a shell: (.*)/.exec(run.stderr)?.[1] ?? "";
  assert.doesNotMatch(run.stderr, /aws-as -s/);
  const after = await runShell(desk, ["bash", "-r", "-c", `${hint}\necho "$AWS_AS_IDENTITY"`]);
  assert.deepEqual([after.stdout, after.stderr], ["my-role1\n", ""]);
});

test("bash: attack-13: nothing that a user's traps print is run, whatever inherits them", async (t) => {
  if (!installed("bash", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  const run = await runScript(
    desk,
    ["bash"],
    [
      'eval "$(aws-as -s)"',
      "set -ET; trap 'echo touch pwned' DEBUG; trap 'echo touch pwned' ERR",
      "aws-as my-role1",
      "aws-as nope",
      "aws-as-deactivate",
      "trap - DEBUG ERR",
      "compgen -A function __aws_as; compgen -v __aws_as; echo end",
    ],
  );
  assert.match(run.stderr, /^aws-as: error: no profile "nope".*\n(aws-as: .*\n)*$/);
  assert.match(run.stdout, /^(touch pwned\n)+end\n$/);
  assert.ok(!existsSync(join(desk.home.path, "pwned")));
});

test("shells-15: env fails where standard output is closed", async (t) => {
  const desk = await makeDesk(t);
  await signIn(desk);
  const words = ["aws-as env my-role1", "aws-as env my-role1 --shell fish"];
  for (const line of words) {
    const run = await runShell(desk, ["sh", "-c", `${line} >&-`]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^aws-as: error: standard output is closed/);
    assert.equal((await runShell(desk, ["sh", "-c", `${line} >/dev/null`])).status, 0);
  }
});

test("shells-15: help is in ASCII where the locale has no more", async (t) => {
  const desk = await makeDesk(t);
  for (const words of ["--help", "env --help", "init --help", "store --help", "keys rotate --help"]) {
    const run = await runShell(desk, ["sh", "-c", `aws-as ${words}`], { env: { LC_ALL: "POSIX" } });
    assert.match(run.stdout + run.stderr, /^[\n\x20-\x7e]+$/, words);
  }
});

test("fish: shells-10: a switch says that an exported universal variable wins, and what takes that away", async (t) => {
  if (!installed("fish", t)) return;
  const desk = await makeDesk(t);
  await signIn(desk);
  const lines = ["set -Ux AWS_PROFILE own", "aws-as --shell fish | source", "aws-as my-role1"];
  const run = await runShell(desk, ["fish", "-c", lines.join("\n")]);
  const line = /^aws-as: warning: AWS_PROFILE is a universal variable of fish.*: (.*)\n$/.exec(
    run.stderr,
  )?.[1];
  assert.ok(line, run.stderr);
  const after = await runShell(desk, [
    "fish",
    "-c",
    [...lines, line, 'aws-as my-role2; echo "$AWS_AS_IDENTITY $AWS_PROFILE"'].join("\n"),
  ]);
  assert.equal(after.stdout, "my-role2 \n");
  assert.equal(after.stderr, run.stderr);
});

test("tcsh: shells-06: the prompt tells the end of a session that env has brought", {
  skip: withoutPty(),
}, async (t) => {
  const prepare = ["set prompt='ready''> '"];
  const activate = "eval `aws-as -c`";
  const shell = { name: "tcsh", program: "tcsh", args: ["-f"], prepare, activate, dump: () => [] };
  const opened = await open(t, shell);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(activate, "(-) ");
  await session.line("eval `aws-as env my-role1`", "(my-role1) ");
  await session.line("set __aws_as_until=1000000000", "(my-role1 expired) ");
  await session.line("eval `aws-as env my-role1`", "(my-role1) ");
  await session.line("aws-as-deactivate", "");
  // Without the aliases it leaves nothing but the variables.
  await session.line("eval `aws-as env my-role1`");
  assert.equal(await session.line("set | grep -c __aws_as"), "0\n");
});

test("bash, zsh: shells-14: a prompt that begins with a line end has the name behind it", async (t) => {
  const desk = await makeDesk(t);
  for (const [shell, ps1, shown] of [
    ["bash", "'\\n\\u$ '", "\\n${__aws_as_ps1-}\\u$ "],
    ["bash", "$'\\n> '", "\n${__aws_as_ps1-}> "],
    ["zsh", "$'\\n> '", "\n%(97V.%97v.)> "],
  ] as const) {
    if (!installed(shell, t)) return;
    const rc = shell === "bash" ? ["--norc"] : ["-f"];
    const run = await runShell(desk, [
      shell,
      ...rc,
      "-ic",
      `PS1=${ps1}; before=$PS1; eval "$(aws-as -s)"; printf '%s' "$PS1"; aws-as-deactivate; [[ $PS1 == "$before" ]] && echo same`,
    ]);
    assert.equal(run.stdout, `${shown}same\n`, shell);
  }
});
