import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { makeDesk } from "../support/desk.ts";
import { withoutPty } from "../support/pty.ts";
import { elvishSettings, elvishWith } from "../support/shells/elvish.ts";
import { fish } from "../support/shells/fish.ts";
import { nushell } from "../support/shells/nushell.ts";
import { runShell, signIn } from "../support/shells/scripts.ts";
import { open, type Shell } from "../support/shells/shell.ts";
import { xonshSettings, xonshWith } from "../support/shells/xonsh.ts";
import { zsh } from "../support/shells/zsh.ts";

// `aws-as` alone, and a part of names: a list to pick from, where a person sits.

const skip = withoutPty();
const folder = mkdtempSync(join(tmpdir(), "aws-as-picker-"));
after(() => rmSync(folder, { recursive: true }));
const startFile = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const bash: Shell = {
  name: "bash",
  program: "bash",
  args: ["--noprofile", "--norc", "-i"],
  activate: "eval $(aws-as -s)",
  dump: () => [],
};
const tcsh: Shell = {
  name: "tcsh",
  program: "tcsh",
  args: ["-f"],
  prepare: ["set prompt='ready''> '"],
  activate: "eval `aws-as -c`",
  dump: () => [],
};
const xonsh = xonshWith(startFile("rc.xsh", xonshSettings));
const elvish = elvishWith(startFile("rc.elv", elvishSettings));

for (const { env, ...shell } of [bash, zsh, fish, tcsh, elvish, xonsh, nushell]) {
  test(`${shell.name}: what is picked switches the shell`, { skip }, async (t) => {
    // A terminal that can draw.
    const opened = await open(t, { ...shell, env: { ...env, TERM: "xterm" } });
    if (!opened) return;
    const { desk, session } = opened;
    await signIn(desk);
    await session.line(shell.activate, "(-) ");
    session.type("aws-as");
    await session.pty.waitFor(/> my-user1 +111111111111 +12 h left, used just now/);
    // Enter in one breath with what narrows the list.
    session.pty.type("role/my-role2\r");
    await session.nextPrompt("(my-role2) ");
  });
}

test("bash: a part of names lists those that fit, and a no changes nothing", { skip }, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { desk, session } = opened;
  await signIn(desk);
  await session.line(bash.activate, "(-) ");
  const modes = await session.line("stty -a");
  for (const key of ["ctrl-c", "ctrl-d", "escape"] as const) {
    session.type("aws-as role");
    await session.pty.waitFor("Act as: role");
    await session.pty.waitFor("my-role3");
    // Ctrl-D means the end on an empty line only.
    if (key === "ctrl-d") session.pty.type("\x15");
    session.pty.press(key);
    assert.match(await session.nextPrompt("(-) "), /aws-as: error: cancelled; nothing was chosen\n$/);
    assert.equal(await session.line("echo $?"), "130\n");
  }
  assert.equal(await session.line("stty -a"), modes);
  session.type("aws-as role3");
  await session.pty.waitFor("> my-role3");
  session.pty.press("enter");
  await session.nextPrompt("(my-role3) ");
  // Nothing fits.
  assert.match(await session.line("aws-as nope"), /^aws-as: error: no profile "nope"/);
});

test("bash: without the functions the line to type is the result, and without a terminal nothing is drawn", {
  skip,
}, async (t) => {
  const opened = await open(t, bash);
  if (!opened) return;
  const { session } = opened;
  session.type("aws-as");
  await session.pty.waitFor("Act as:");
  await session.pty.waitFor("partner");
  session.pty.type("role1\r");
  assert.match(await session.nextPrompt(""), /eval "\$\(aws-as env my-role1\)"\n$/);
  for (const line of ["aws-as | cat", "aws-as < /dev/null", "AWS_AS_PROMPT=none aws-as"])
    assert.match(await session.line(line), /^venv for AWS identities/, line);
  assert.match(
    await session.line("aws-as > f; cat f; eval $(aws-as -s); aws-as </dev/null", "(-) "),
    /^venv/,
  );

  const desk = await makeDesk(t);
  const script = 'eval "$(aws-as -s)"; aws-as; echo $?; aws-as role; echo $?';
  const run = await runShell(desk, ["bash", "-c", script]);
  assert.equal(run.stdout, "2\n1\n");
  assert.match(run.stderr, /^venv for AWS identities[\s\S]*\naws-as: error: no profile "role"/);
});
