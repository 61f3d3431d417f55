import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Desk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { eventually, withoutPty } from "../support/pty.ts";
import { signIn } from "../support/shells/scripts.ts";
import { answering, assertSameState, open, type Session, type Shell } from "../support/shells/shell.ts";
import { storyOf } from "../support/shells/story.ts";

const skip = withoutPty();

const csh: Shell = {
  name: "csh",
  program: "bsd-csh",
  args: ["-f"],
  // In two pieces, so that what is typed does not look like a prompt.
  prepare: ["set prompt='ready''> '"],
  activate: "eval `aws-as -c`",
  dump: (file) => ["set", "setenv", "alias"].map((command) => `${command} >>${file}`),
  restless: /^_\t/,
  status: "$status",
};

const tcsh: Shell = {
  ...csh,
  name: "tcsh",
  program: "tcsh",
  dump: (file) =>
    ["set", "setenv", "alias", "complete", "bindkey", "sched"].map((command) => `${command} >>${file}`),
};

/** With noglob, no `~` is a home. */
const strict = (shell: Shell): Shell => ({
  ...shell,
  name: `${shell.name} with strict options`,
  prepare: [
    "set noglob nonomatch noclobber autologout=0 histchars='@^' implicitcd correct=all",
    ...(shell.prepare ?? []),
  ],
  dump: (file) => shell.dump(`! ${file.replace("~", "$HOME")}`),
  variables: "env -0 >! $HOME/variables",
});

for (const shell of [csh, tcsh]) storyOf(shell);
storyOf({ ...tcsh, name: "tcsh as a login shell", args: ["-l"] });
for (const shell of [csh, tcsh]) storyOf(strict(shell));

/** A desk with a shell on it that can switch without a question. */
async function signedIn(t: TestContext, shell: Shell): Promise<{ desk: Desk; session: Session } | undefined> {
  const opened = await open(t, shell);
  if (opened) await signIn(opened.desk);
  return opened;
}

/** Puts a program in place of aws-as that shows its words, fails as status 7 wants, and switches without AWS. */
async function recorded(session: Session, desk: Desk): Promise<void> {
  const program = join(desk.home.path, "the recorder's");
  const script = [
    "#!/bin/sh",
    'printf "<%s>" "$@" >&2; echo >&2',
    '[ "$1" = switch ] || echo out',
    '[ "$2" != 7 ] || exit 7',
    `[ "$1" != switch ] || echo "if (1) setenv AWS_AS_IDENTITY 'recorded'"`,
  ];
  writeFileSync(program, `${script.join("\n")}\n`, { mode: 0o700 });
  await session.line('set __aws_as_program="$HOME/the recorder\'s"');
}

for (const shell of [csh, tcsh]) {
  const { name } = shell;

  test(`${name}: words arrive as they were typed, with redirections, pipes and lists`, {
    skip,
  }, async (t) => {
    const opened = await open(t, shell);
    if (!opened) return;
    const { desk, session } = opened;
    await session.line(shell.activate, "(-) ");
    await recorded(session, desk);
    const says = async (line: string, text: string, prefix?: string) =>
      assert.equal(await session.line(line, prefix), text, line);
    const words = `'a  b' "c;d" \\* '\\!' a\\!b \\"x "it's" '\`date\`' '$HOME' "" {e,f} [g '|' '>' é # -`;
    const same = "<a  b><c;d><*><!><a!b><\"x><it's><`date`><$HOME><><e><f>";
    await session.line("set nonomatch");
    await says(`aws-as status ${words}`, `<status>${same}<[g><|><>><é><#><->\nout\n`);
    await says(`aws-as --option ${words}`, `<--option>${same}<[g><|><>><é><#><->\nout\n`);
    await says("aws-as", "<switch><csh>\n", "(recorded) ");
    await says("aws-as status > f; cat f", "<status>\nout\n");
    await says("aws-as status | tr o O", "<status>\nOut\n");
    await says("aws-as status </dev/null >& f; cat f", "<status>\nout\n");
    await says("(aws-as status)", "<status>\nout\n");
    await says("aws-as status && echo yes", "<status>\nout\nyes\n");
    await says("aws-as status 7; echo $status", "<status><7>\nout\n7\n");
    await says("aws-as status 7 || echo $status", "<status><7>\nout\n7\n");
    await says("false && aws-as status; echo $status", "1\n");
    await says("true || aws-as name", "");
    // What stands in backquotes runs once.
    await says("aws-as status `echo a; echo x >> count`", "<status><a>\nout\n");
    await says("aws-as `echo status; echo x >> count` b", "<status><b>\nout\n");
    await says("cat count", "x\nx\n");
    await says("set verb=status; aws-as $verb 'a b'", "<status><a b>\nout\n");

    // In backquotes, csh drops an empty word.
    const named = words.replace(' "" ', " ");
    await says(
      `aws-as ${named}`,
      `<switch><csh>${same.replace("<><e>", "<e>")}<[g><|><>><é><#><->\n`,
      "(recorded) ",
    );
    await says("aws-as use status && echo yes", "<switch><csh><status>\nyes\n");
    await says("aws-as -- -x", "<switch><csh><--><-x>\n");
    await says("aws-as -", "<switch><csh><->\n");
    await says("set role='my role'; aws-as $role:q", "<switch><csh><my role>\n");
  });
}

for (const shell of [csh, tcsh]) {
  const { name } = shell;

  test(`${name}: no alias of the user's is run in place of a command`, { skip }, async (t) => {
    const opened = await signedIn(t, shell);
    if (!opened) return;
    const { session } = opened;
    // Not `alias` and `unalias`, which csh forbids, and not `if`, without which nothing can be written.
    const words = "set setenv unset unsetenv shift sh printf printenv cat env false echo exit : @ eval";
    for (const word of words.split(" ")) await session.line(`alias ${word} 'INTRUDER ${word}'`);
    const before = await session.line("alias");
    assert.equal(await session.line("if (1) eval `\\aws-as -c`", "(-) "), "");
    assert.equal(await session.line("aws-as my-role1", "(my-role1) "), "");
    assert.equal(await session.line("if (1) eval `\\aws-as env my-user1 --shell csh`; aws-as -", "(-) "), "");
    assert.match(await session.line("aws-as status"), /acts as nobody/);
    assert.equal(await session.line("aws-as my-user1", "(my-user1) "), "");
    assert.match(await session.line("aws-as-deactivate 1"), /^usage/);
    assert.equal(await session.line("aws-as-deactivate", ""), "");
    assert.equal(await session.line("alias"), before);
  });

  test(`${name}: Ctrl-C at the question leaves everything as it was`, { skip }, async (t) => {
    const opened = await open(t, shell);
    if (!opened) return;
    const { desk, session } = opened;
    await session.line(shell.activate, "(-) ");
    const before = await session.variables();
    session.type("aws-as my-role1");
    await session.pty.waitFor("MFA code for");
    session.pty.press("ctrl-c");
    await session.nextPrompt("(-) ");
    assert.notEqual(await session.line("echo $status"), "0\n");
    assert.deepEqual(await session.variables(), before);
    await answering(session, desk, "aws-as my-role1", "(my-role1) ");
  });

  test(`${name}: a shell within a shell shows who it acts as, and leaves the outer one alone`, {
    skip,
  }, async (t) => {
    const opened = await signedIn(t, shell);
    if (!opened) return;
    const { desk, session } = opened;
    writeFileSync(join(desk.home.path, ".cshrc"), `set prompt='ready> '\n${shell.activate}\n`);
    await session.line(shell.activate, "(-) ");
    await session.line("aws-as my-role1", "(my-role1) ");
    await session.line(shell.program, "(my-role1) ");
    await session.line("aws-as my-user1", "(my-user1) ");
    await session.line("aws-as-deactivate", "");
    assert.match(await session.line("aws-as my-user1"), /a program cannot switch the shell by itself/);
    await session.line("exit", "(my-role1) ");
    assert.match(await session.line("aws-as status"), /acts as "my-role1"/);
    await session.line("aws-as-deactivate", "");
  });

  test(`${name}: AWS_AS_DISABLE_PROMPT leaves the prompt alone`, { skip }, async (t) => {
    const opened = await signedIn(t, shell);
    if (!opened) return;
    const { session } = opened;
    await session.line("setenv AWS_AS_DISABLE_PROMPT 1");
    await session.line(shell.activate);
    await session.line("aws-as my-role1");
    assert.equal(await session.line("echo $prompt:q | tr r R"), "Ready> \n");
    await session.line("aws-as-deactivate");
  });

  test(`${name}: an alias that the user had under our name comes back`, { skip }, async (t) => {
    const opened = await open(t, shell);
    if (!opened) return;
    const { session } = opened;
    await session.line("alias aws-as-deactivate 'echo \"mine  \\!*\"'");
    const before = await session.state();
    await session.line(shell.activate, "(-) ");
    await session.line(shell.activate, "(-) ");
    await session.line("aws-as-deactivate", "");
    assertSameState(before, await session.state());
    assert.equal(await session.line("aws-as-deactivate 1"), "mine  1\n");
  });

  test(`${name}: without a character for history there are no functions, and a word about it`, {
    skip,
  }, async (t) => {
    const opened = await open(t, shell);
    if (!opened) return;
    const { session } = opened;
    await session.line("set histchars=''");
    const before = await session.state();
    assert.match(await session.line(shell.activate), /aws-as: error: csh gives its aliases no words/);
    assert.equal(await session.line("echo $status"), "1\n");
    assertSameState(before, await session.state());
  });
}

test("csh: a new prompt of the user's lives on, with the prefix from the next switch on", {
  skip,
}, async (t) => {
  const opened = await signedIn(t, csh);
  if (!opened) return;
  const { session } = opened;
  await session.line(csh.activate, "(-) ");
  await session.line("set prompt='new ready''> '", "new ");
  await session.line("aws-as my-role1", "(my-role1) new ");
  await session.line("aws-as -", "(-) new ");
  session.type("set prompt='two\\\rlines ready''> '");
  await session.nextPrompt("two\nlines ");
  await session.line("aws-as my-user1", "(my-user1) two\nlines ");
  await session.line("aws-as-deactivate", "two\nlines ");
});

test("tcsh: precmd and prompt stay the user's, are shown with the prefix, and see the status", {
  skip,
}, async (t) => {
  const opened = await signedIn(t, tcsh);
  if (!opened) return;
  const { session } = opened;
  await session.line("alias precmd 'set seen=$status; set prompt=\"$seen ready> \"'", "0 ");
  const before = await session.state();
  await session.line(tcsh.activate, "(-) 0 ");
  await session.line("(exit 3)", "(-) 3 ");
  assert.equal(await session.line("echo $status", "(-) 0 "), "3\n");
  await session.line("aws-as my-role1", "(my-role1) 0 ");
  // What is done behind our back shows.
  await session.line("setenv AWS_PROFILE x", "(?) 0 ");
  await session.line("unsetenv AWS_PROFILE", "(my-role1) 0 ");
  await session.line("set until=$__aws_as_until __aws_as_until=`date -d -1min +%s`", "(my-role1 expired) 0 ");
  await session.line("@ __aws_as_until = $until", "(my-role1) 0 ");
  await session.line("setenv AWS_ACCESS_KEY_ID other", "(?) 0 ");
  await session.line("setenv AWS_ACCESS_KEY_ID $AWS_AS_ACCESS_KEY_ID", "(my-role1) 0 ");
  await session.line("setenv AWS_AS_DISABLE_PROMPT 1; unset until", "0 ");
  await session.line("unsetenv AWS_AS_DISABLE_PROMPT", "(my-role1) 0 ");
  // Somebody appends to precmd, and somebody keeps a copy of it.
  await session.line('set copy="`alias precmd`"; alias precmd "`alias precmd`; set later"', "(my-role1) 0 ");
  await session.line("aws-as-deactivate", "0 ");
  assert.match(await session.line("alias precmd"), /^set seen=.*"; set later\n$/);
  await session.line("alias precmd $copy:q; unset copy", "0 ");
  await session.line("alias precmd 'set seen=$status; set prompt=\"$seen ready> \"'; unset later");
  assertSameState(before, await session.state());
});

test("tcsh: the prefix costs no process", { skip }, async (t) => {
  const opened = await signedIn(t, tcsh);
  if (!opened || !installed("strace", t)) return;
  const { desk, session } = opened;
  await session.line("alias precmd 'set mine'");
  await session.line(tcsh.activate, "(-) ");
  await session.line("aws-as my-role1", "(my-role1) ");
  const pid = (await session.line("echo $$")).trim();
  const trace = join(desk.home.path, "trace");
  const strace = spawn("strace", ["-f", "-qq", "-e", "trace=process", "-o", trace, "-p", pid], {
    stdio: "ignore",
  });
  await eventually(() => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, "utf8")), "strace");
  for (let at = 0; at < 5; at++) await session.line("");
  // The trace works.
  await session.line("(:)");
  strace.kill("SIGINT");
  await once(strace, "exit");
  const started = readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => /clone|fork|exec/.test(line) && !line.includes(" resumed>"));
  assert.equal(started.length, 1, started.join("\n"));
});
