import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { withoutPty } from "../support/pty.ts";
import { answering, open } from "../support/shells/shell.ts";
import { storyOf } from "../support/shells/story.ts";
import { zsh } from "../support/shells/zsh.ts";

const skip = withoutPty();

storyOf(zsh);

/** With options that are set before the first prompt. */
function storyWith(name: string, options: string, activate = zsh.activate) {
  storyOf({
    ...zsh,
    name: `zsh with ${name}`,
    env: { PS1: "not yet$ " },
    prepare: [`${options}; PS1='rea''dy> '`],
    activate,
  });
}

storyWith(
  "strict options",
  "setopt no_unset pipe_fail warn_create_global warn_nested_var no_clobber all_export extended_glob null_glob prompt_subst csh_junkie_history no_multibyte no_function_argzero interactive_comments",
);
storyWith(
  "the options of other shells",
  "setopt sh_word_split glob_subst ksh_arrays rc_quotes posix_builtins posix_identifiers posix_strings ksh_typeset force_float octal_zeroes ignore_braces no_short_loops no_nomatch; IFS='/:=;'",
);
storyWith(
  "the options of ksh and a prompt that is shown as it stands",
  "emulate ksh; unsetopt prompt_subst prompt_percent prompt_bang",
  'eval "$(aws-as -s)"',
);
storyOf({
  ...zsh,
  name: "zsh called sh",
  program: "bash",
  args: ["-c", "exec -a sh zsh -i -o no_prompt_sp -o no_prompt_cr"],
  env: { PS1: "not yet$ " },
  prepare: ["PS1='rea''dy> '"],
});

test("zsh: interactive with err_exit and ZERR traps, the shell lives through everything but a failure", {
  skip,
}, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line("setopt err_exit; trap 'echo ERR-TRAP' ZERR");
  assert.equal(await session.line(zsh.activate, "(-) "), "");
  await answering(session, desk, "aws-as my-user1", "(my-user1) ");
  // A status that ends no shell must not end it by way of the hook.
  assert.equal(await session.line("! true"), "");
  assert.equal(await session.line("false && true"), "");
  assert.equal(await session.line("if aws-as nope 2>/dev/null; then :; else echo no; fi"), "no\n");
  assert.equal(await session.line("aws-as -", "(-) "), "");
  assert.equal(await session.line("aws-as-deactivate", ""), "");
  await session.line(zsh.activate, "(-) ");
  session.pty.type("aws-as nope\r");
  assert.equal((await session.pty.exit()).code, 1);
});

test("zsh: no alias and no function of the user's is run in place of a command", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  // Global aliases stand for a word anywhere: for every word of ours that could be one, and all that zsh knows.
  const activation = await desk.alone("aws-as", ["-s"]);
  const text = activation.stdout.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  const words = [...new Set(text.match(/(?<![A-Za-z0-9_])[+-]?[a-z_][a-z0-9_-]*/gi))].filter(
    (word) => word !== "-s",
  );
  writeFileSync(
    join(desk.home.path, "aliases"),
    `for word in ${words.map((word) => `'${word}'`).join(" ")} $\{(k)builtins} $\{(k)reswords} 1 2 0 node cat date; do
      \\alias -g -- "$word=INTRUDER"; \\alias -s -- "$word=INTRUDER"
    done`,
  );
  await session.line(
    "for word in test '[' cd command echo type print true false; do functions[$word]='\\builtin print INTRUDER'; done",
  );
  await session.line(". ./aliases");
  assert.match(await session.line("\\test"), /INTRUDER/);
  assert.match(await session.line("local"), /INTRUDER/);
  assert.match(await session.line("\\alias -L"), /^alias -g case=INTRUDER$/m);
  assert.equal(await session.line("\\eval $(\\aws-as -s)", "(-) "), "");
  await answering(session, desk, "aws-as my-user1", "(my-user1) ");
  assert.equal(await session.line("aws-as my-role1", "(my-role1) "), "");
  assert.match(await session.line("aws-as-deactivate 1"), /^usage/);
  // Of what people evaluate themselves, only commands are safe from them.
  await session.line("\\unalias -m '[{}]' 'AWS_*'");
  const without = await session.line("\\alias -L");
  assert.equal(await session.line("\\eval $(\\aws-as \\env my-user1)", "(my-user1) "), "");
  assert.equal(await session.line("aws-as \\-", "(-) "), "");
  assert.equal(await session.line("aws-as-deactivate", ""), "");
  assert.equal(await session.line("\\alias -L"), without);
});

test("zsh: aliases with our names give way to the functions", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { session } = opened;
  await session.line("alias aws-as='echo mine'; alias -g aws-as-deactivate='echo mine'");
  assert.equal(await session.line("\\eval $(\\aws-as -s)", "(-) "), "");
  assert.match(await session.line("aws-as --version"), /^\d/);
  assert.equal(await session.line("aws-as-deactivate", ""), "");
  assert.doesNotMatch(await session.line("alias"), /^aws-as/m);
});

test("zsh: the status and the pipe's statuses of the user's command survive the hook", {
  skip,
}, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { session } = opened;
  await session.line("before() seen=$?; after() seen+=$?; precmd_functions=(before)");
  await session.line(zsh.activate, "(-) ");
  await session.line("precmd_functions+=(after)");
  await session.line("(exit 7)");
  assert.equal(await session.line('echo "$? $seen"'), "7 77\n");
  await session.line("true | (exit 3) | true");
  assert.equal(await session.line('echo "$pipestatus"'), "0 3 0\n");
  await session.line("true last-word");
  assert.equal(await session.line('echo "$_"'), "last-word\n");
  // A trap for commands sees the user's own.
  await session.line("trap 'spied+=(\"$ZSH_DEBUG_CMD\")' DEBUG");
  await session.line("true of-mine");
  const spied = await session.line('print -rl -- "${(@)spied}"');
  assert.match(spied, /^true of-mine$/m);
  assert.doesNotMatch(spied, /psvar|__aws_as_/);
});

test("zsh: Ctrl-C at the question leaves everything as it was", { skip }, async (t) => {
  const opened = await open(t, zsh);
  if (!opened) return;
  const { desk, session } = opened;
  await session.line(zsh.activate, "(-) ");
  await session.line("setopt verbose sh_word_split");
  const options = await session.line("set -o; trap");
  session.pty.type("aws-as my-role1\r");
  await session.pty.waitFor("MFA code for ");
  session.pty.press("ctrl-c");
  await session.nextPrompt("(-) ");
  assert.match(await session.line('echo "$?"'), /^130$/m);
  assert.equal(await session.line("set -o; trap"), options);
  assert.match(await session.line('echo "$? ${AWS_AS_IDENTITY-nobody}"'), /^0 nobody$/m);
  await session.line("unsetopt verbose");
  await answering(session, desk, "aws-as my-role1", "(my-role1) ");
  assert.equal(await session.line("aws-as-deactivate; typeset -m '__aws_as*'", ""), "");
});
