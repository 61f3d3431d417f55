import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { makeHome, program } from "../support/home.ts";
import { installed } from "../support/installed.ts";

/** A folder with both programs as npm links them, and nothing else of aws-as on the PATH. */
function links(t: TestContext): { bin: string; env: Record<string, string> } {
  const home = makeHome();
  t.after(() => home.remove());
  symlinkSync(program, join(home.path, "aws-as"));
  // The stand-alone executable knows by its name what it is.
  symlinkSync(program.replace("aws-as.cjs", "aws-as-activate.cjs"), join(home.path, "aws-as-activate"));
  return { bin: home.path, env: { ...home.env, PATH: `${home.path}:${home.env["PATH"]}` } };
}

function call(command: string, args: readonly string[], env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("every way to ask for a shell's functions gives the same code, and says nothing else", (t) => {
  const { bin, env } = links(t);
  const code = call(join(bin, "aws-as"), ["-s"], env);
  assert.deepEqual([code.status, code.stderr], [0, ""]);
  assert.match(code.stdout, /^[\n\x20-\x7e]+;\n$/);
  const ways: [string, string[]][] = [
    ["aws-as", ["--shell", "bash"]],
    ["aws-as", ["--shell=zsh"]],
    ["aws-as", ["activate", "-s"]],
    ["aws-as", ["activate", "--shell", "sh"]],
    ["aws-as-activate", ["-s"]],
    ["aws-as-activate", ["--shell=ksh"]],
    // Two options at once are left to the parser, which takes the last: the long way to the same code.
    ["aws-as", ["activate", "--shell", "fish", "--shell", "sh"]],
  ];
  for (const [name, args] of ways) assert.deepEqual(call(join(bin, name), args, env), code, args.join(" "));
});

test("without a word, the code is for the shell that calls, not for the one that SHELL names", (t) => {
  const { bin, env } = links(t);
  const wrong = { ...env, SHELL: "/usr/bin/fish" };
  const { stdout } = call(join(bin, "aws-as"), ["-s"], env);
  for (const shell of ["bash", "dash", "zsh", "mksh", "yash"]) {
    if (!installed(shell, t)) return;
    for (const command of ["aws-as activate", "aws-as-activate"]) {
      const run = call(shell, ["-c", `${command}; :`], wrong);
      assert.deepEqual(run, { status: 0, stdout, stderr: "" }, `${shell}: ${command}`);
    }
  }
  assert.equal(call("busybox", ["ash", "-c", "aws-as activate; :"], wrong).stdout, stdout);
});

test("where the calling shell cannot be told, it says how to choose", (t) => {
  const { bin, env } = links(t);
  for (const [name, ...args] of [["aws-as", "activate"], ["aws-as-activate"]]) {
    const { status, stdout, stderr } = call(join(bin, name ?? ""), args, { ...env, SHELL: "/bin/bash" });
    assert.deepEqual([status, stdout], [2, "false;\n"]);
    assert.match(
      stderr,
      /^aws-as: error: cannot tell which shell this is\naws-as: hint: say it: -s for bash/,
    );
  }
});

test("an unknown shell is wrong usage, and eval fails", (t) => {
  const { bin, env } = links(t);
  for (const [name, ...args] of [
    ["aws-as", "--shell", "tcl"],
    ["aws-as", "activate", "--shell=tcl"],
    ["aws-as-activate", "--shell", "tcl"],
  ]) {
    const { status, stdout, stderr } = call(join(bin, name ?? ""), args, env);
    assert.deepEqual([status, stdout], [2, "false;\n"]);
    assert.match(stderr, /^aws-as: error: unknown shell "tcl"\naws-as: hint: known: sh, bash, zsh/);
  }
});

test("help names the line for each shell's own file, on standard error", (t) => {
  const { bin, env } = links(t);
  for (const [name, ...args] of [
    ["aws-as", "activate", "--help"],
    ["aws-as-activate", "--help"],
  ]) {
    const { status, stdout, stderr } = call(join(bin, name ?? ""), args, env);
    assert.deepEqual([status, stdout], [0, ""]);
    for (const what of ["~/.bashrc", "~/.zshrc", "config.fish", ".tcshrc", "rc.elv", "rc.xsh", "$PROFILE"]) {
      assert.ok(stderr.includes(what), what);
    }
  }
});

test("a name without the functions explains how to get them in this shell", (t) => {
  const { env } = links(t);
  const run = call("bash", ["-c", "aws-as my-role1; exit $?"], env);
  assert.deepEqual([run.status, run.stdout], [2, ""]);
  assert.match(run.stderr, /"my-role1" is not a command of aws-as/);
  assert.match(run.stderr, /hint: .*eval "\$\(aws-as -s\)"/);
  if (!installed("fish", t)) return;
  const inFish = call("fish", ["--no-config", "-c", "aws-as my-role1; exit $status"], env);
  assert.match(inFish.stderr, /hint: .*aws-as --shell fish \| source/);
});
