import assert from "node:assert/strict";
import test from "node:test";
import { withoutPty } from "../support/pty.ts";
import { answering, awsVariables, open, type Shell } from "../support/shells/shell.ts";
import { storyOf } from "../support/shells/story.ts";

const skip = withoutPty();

const bash: Shell = {
  name: "bash",
  program: "bash",
  args: ["--noprofile", "--norc", "-i"],
  activate: "eval $(aws-as -s)",
  dump: (file) => [
    `{ set; declare -p; declare -f; alias; shopt; set -o; complete -p; trap; bind -S; } > ${file} 2>&1`,
  ],
  restless:
    /^(declare \S+ )?(_|BASH_LINENO|BASH_ARGC|BASH_ARGV|BASH_COMMAND|BASH_SUBSHELL|PIPESTATUS|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH\w+|PPID|HISTCMD|COLUMNS|LINES)(=|$)/,
};

storyOf(bash);
storyOf({ ...bash, name: "bash --posix", args: ["--noprofile", "--norc", "--posix", "-i"] });
// Under the name sh, bash is in posix mode as well, and knows no hyphen in names.
storyOf({
  ...bash,
  name: "bash called sh",
  args: ["-c", "exec -a sh bash -i"],
  prepare: ["PS1='rea''dy> '"],
});
storyOf({
  ...bash,
  name: "bash with strict options",
  env: { PS1: "not yet$ " },
  prepare: ["set -ufC -o pipefail; shopt -s failglob nullglob extglob; IFS=_/:=a; PS1='rea''dy> '"],
  activate: 'eval "$(aws-as -s)"',
});

test("bash: interactive with set -e, the shell lives through everything but a failure", {
  skip,
}, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line("set -eE; trap 'echo ERR-TRAP' ERR");
  assert.equal(await session.line(bash.activate, "(-) "), "");
  await answering(session, desk, "aws-as my-user1", "(my-user1) ");
  // A status that ends no shell must not end it by way of the hook.
  assert.equal(await session.line("! true"), "");
  assert.equal(await session.line("false && true"), "");
  assert.equal(await session.line("if aws-as nope 2>/dev/null; then :; else echo no; fi"), "no\n");
  assert.equal(await session.line("aws-as-deactivate", ""), "");
  session.pty.type(`${bash.activate}\r`);
  session.pty.type("aws-as nope\r");
  assert.equal((await session.pty.exit()).code, 1);
});

test("bash: Ctrl-C at the question leaves the shell as it was, with its options", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line(bash.activate, "(-) ");
  await session.line("set -v");
  const before = awsVariables(await session.variables(), desk);
  session.pty.type("aws-as my-user1\r");
  await session.pty.waitFor("MFA code for my-user1 (arn:aws:iam::111111111111:mfa/my-user1): ");
  session.pty.press("ctrl-c");
  await session.pty.waitFor("(-) ready> ");
  // bash 3.2 has a status of its own then.
  assert.match(await session.line('echo "$((BASH_VERSINFO < 4 ? 130 : $?)) $-"'), /^130 \S*v/m);
  assert.deepEqual(awsVariables(await session.variables(), desk), before);
  assert.doesNotMatch(await session.line("compgen -v __aws_as"), /code|options/);
  await session.line("set +v; aws-as-deactivate", "");
  assert.equal(await session.line("compgen -v __aws_as; compgen -A function __aws_as"), "");
});

test("bash: no alias and no function of the user's is run in place of a command", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  // Single letters, too: all that is a builtin of bash, and the programs that one might think of.
  await session.line("words=$(compgen -b; echo aws-as aws-as-deactivate aws env node cat date)");
  await session.line('for word in $words; do \\alias "$word=echo INTRUDER $word #"; done');
  const functions = "test [ cd command echo type local declare shopt true false";
  await session.line(
    `for word in ${functions}; do \\eval "function $word { \\builtin echo INTRUDER $word; }"; done`,
  );
  assert.match(await session.line("test"), /INTRUDER/);
  const before = await session.line("\\alias");
  assert.equal(await session.line("\\eval $(\\aws-as -s)", "(-) "), "");
  // Our two names are ours now.
  await answering(session, desk, "aws-as my-user1", "(my-user1) ");
  assert.equal(await session.line("aws-as my-role1", "(my-role1) "), "");
  assert.match(await session.line("aws-as-deactivate 1"), /^usage/);
  assert.equal(await session.line("\\eval $(\\aws-as env my-user1)", "(my-user1) "), "");
  assert.equal(await session.line("aws-as -", "(-) "), "");
  assert.equal(await session.line("aws-as-deactivate", ""), "");
  const ours = /^alias aws-as/;
  assert.equal(
    await session.line("\\alias"),
    before
      .split("\n")
      .filter((line) => !ours.test(line))
      .join("\n"),
  );
});

test("bash: the status, the pipe's and the last word of the user's command survive the hook", {
  skip,
}, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { session } = opened;
  await session.line("note() { seen=$?; return $seen; }; PROMPT_COMMAND=note");
  await session.line(bash.activate, "(-) ");
  await session.line('PROMPT_COMMAND+="; after=\\$?"');
  await session.line("(exit 7)");
  assert.equal(await session.line('echo "$? $seen $after"'), "7 7 7\n");
  await session.line("true last-word");
  assert.equal(await session.line('echo "$_"'), "last-word\n");
  await session.line("true | (exit 3) | true");
  assert.equal(await session.line('echo "${PIPESTATUS[*]}"'), "0 3 0\n");
});
