import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { makeDesk } from "../support/desk.ts";
import { installed } from "../support/installed.ts";
import { withoutPty } from "../support/pty.ts";
import { elvishSettings, elvishWith } from "../support/shells/elvish.ts";
import { fish } from "../support/shells/fish.ts";
import { signIn } from "../support/shells/scripts.ts";
import { type Shell, startSession } from "../support/shells/shell.ts";
import { xonshSettings, xonshWith } from "../support/shells/xonsh.ts";
import { zsh } from "../support/shells/zsh.ts";

// A protected identity is switched to by its typed name, and the prompt shows it in red, or by a word.

const folder = mkdtempSync(join(tmpdir(), "aws-as-protected-"));
after(() => rmSync(folder, { recursive: true }));
const started = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const plain = (name: string, program: string, args: readonly string[]): Shell => ({
  name,
  program,
  args,
  activate: "eval $(aws-as -s)",
  dump: () => [],
});
const bash = plain("bash", "bash", ["--noprofile", "--norc", "-i"]);
const dash = plain("dash", "dash", ["-i"]);
const tcsh: Shell = {
  ...plain("tcsh", "tcsh", ["-f"]),
  prepare: ["set prompt='ready''> '"],
  activate: "eval `aws-as -c`",
};

const shells: readonly {
  readonly shell: Shell;
  readonly red: boolean;
  readonly env?: Record<string, string>;
}[] = [
  { shell: bash, red: true },
  { shell: { ...bash, name: "bash without colours" }, red: false, env: { NO_COLOR: "1" } },
  { shell: zsh, red: true },
  { shell: { ...zsh, name: "zsh without colours" }, red: false, env: { NO_COLOR: "1" } },
  { shell: dash, red: false },
  { shell: tcsh, red: false },
  { shell: fish, red: true },
  { shell: elvishWith(started("rc.elv", elvishSettings)), red: true },
  { shell: xonshWith(started("rc.xsh", xonshSettings)), red: true },
];

for (const { shell, red, env = {} } of shells) {
  test(`${shell.name}: the prompt of a protected identity is ${red ? "red" : "marked by a word"}, and no other`, {
    skip: withoutPty(),
  }, async (t) => {
    if (!installed(shell.program, t)) return;
    const desk = await makeDesk(t, { settings: "\n[aws-as my-role1]\nprotected = true\n" });
    await signIn(desk);
    const session = await startSession(t, shell, desk, env);
    const { pty } = session;
    await session.line(shell.activate, "(-) ");
    await session.line("aws-as my-user1", "(my-user1) ");
    session.type("aws-as my-role1");
    await pty.waitFor("Type my-role1 to agree: ");
    pty.type("my-role1\r");
    await session.nextPrompt(red ? "(my-role1) " : "(my-role1 protected) ");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what makes a terminal write in red.
    const painted = /\x1b\[(?:[0-9;]*;)?31m(?:\x1b\[[0-9;]*m)*\(my-role1\)/;
    assert.equal(painted.test(pty.rawOutput()), red, JSON.stringify(pty.rawOutput().slice(-400)));
    assert.ok(!pty.rawOutput().includes("\x01"), "what readline reads is not shown");
    await session.line("aws-as my-user1", "(my-user1) ");
    // Agreed to a moment ago.
    await session.line("aws-as my-role1", red ? "(my-role1) " : "(my-role1 protected) ");
    await session.line("aws-as -", "(-) ");
  });
}

test("bash and zsh know how wide the red name is", { skip: withoutPty() }, async (t) => {
  for (const shell of [bash, zsh]) {
    if (!installed(shell.program, t)) continue;
    const desk = await makeDesk(t, { settings: "\n[aws-as my-role1]\nprotected = true\n" });
    await signIn(desk);
    const session = await startSession(t, shell, desk);
    const { pty } = session;
    pty.resize(40, 24);
    await session.line(shell.activate, "(-) ");
    session.type("aws-as my-role1");
    await pty.waitFor("to agree: ");
    pty.type("my-role1\r");
    await session.nextPrompt("(my-role1) ");
    // A line that just fits is not broken, which eight uncounted characters too many would do.
    const room = 40 - "(my-role1) ready> ".length - 1;
    const before = pty.rawOutput().length;
    pty.type(`echo ${"x".repeat(room - 5)}`);
    await pty.waitFor("x".repeat(room - 5));
    const typed = pty.rawOutput().slice(before);
    assert.doesNotMatch(typed, /[\r\n]/, `${shell.name}: ${JSON.stringify(typed)}`);
    pty.press("ctrl-c");
  }
});
