import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import fc from "fast-check";
import type { Change, Memory } from "../../src/emit/change.ts";
import { dialect as csh } from "../../src/emit/csh/shell.ts";
import { displaceable } from "../../src/variables/changes.ts";
import { makeDesk } from "../support/desk.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { withoutLong } from "../support/long.ts";
import { runShell, signIn } from "../support/shells/scripts.ts";

const home = mkdtempSync(join(tmpdir(), "aws-as-csh-"));
after(() => rmSync(home, { recursive: true }));

/** A folder full of files whose names match what could stand in our code, each an attack if it is expanded. */
const folder = mkdtempSync(join(tmpdir(), "aws-as-csh-"));
after(() => rmSync(folder, { recursive: true }));
const names = [
  "A='team';touch pwned;x='';",
  "A=",
  "a",
  "if",
  "(1)",
  "setenv",
  "AWS",
  "$?x",
  "x y",
  "-n",
  ";",
];
for (const name of [...names, "printf", "*", "[a]", "__aws_as_x", "\\printf", "{"]) {
  writeFileSync(join(folder, name), "");
}

const shells: [string, string[]][] = [
  ["tcsh", ["-f"]],
  ["tcsh", ["-fe"]],
  ["bsd-csh", ["-f"]],
];

/** What the dialect cannot carry is told before any shell sees it. */
const sayable = (values: readonly string[]) => values.filter((value) => !/[\0\r\n]/.test(value));

/** Runs a script in the folder of attacks. */
function run(shell: string, options: readonly string[], lines: readonly string[]) {
  const script = join(home, "script");
  writeFileSync(script, lines.map((line) => `${line}\n`).join(""));
  const env = { PATH: "/usr/bin:/bin", HOME: home, LC_ALL: "C.UTF-8" };
  return spawnSync(shell, [...options, script], { cwd: folder, env, encoding: "utf8" });
}

let codes = 0;
/** The words that print a code, as aws-as would. */
function printing(code: string): string {
  const file = join(home, `code${++codes}`);
  writeFileSync(file, code);
  return `cat ${file}`;
}

const set = (value: string): Change => ({ kind: "set", name: "A", value });

for (const [shell, options] of shells) {
  const name = [shell, ...options].join(" ");

  // Bytes arrive by no other way where a failure ends the script.
  for (const [way, evaluate] of options.includes("-fe")
    ? []
    : ([
        ["unquoted", (words: string) => `eval \`${words}\``],
        ["quoted", (words: string) => `eval "\`${words}\`"`],
      ] as const)) {
    test(`${name}, ${way}: every value arrives byte for byte`, (t) => {
      if (!installed(shell, t)) return;
      // BSD csh has no words of 4 kB.
      const generated = fc.sample(fc.string({ unit: "binary", maxLength: 60 }), {
        numRuns: withoutLong() ? 30 : 60,
        seed: 3,
      });
      const values = [...sayable([...hostileValues, ...generated]), "=1", "=", "x".repeat(3000)];
      const lines = values.flatMap((value) => [
        evaluate(printing(csh.render([{ kind: "unset", name: "B" }, set(value)]))),
        "printenv A",
      ]);
      const intruders = ["setenv", "unsetenv", "printf"].map((word) => `alias ${word} echo INTRUDER`);
      const { status, stdout, stderr } = run(shell, options, [...intruders, ...lines]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.deepEqual(stdout.split("\n"), [...values, ""]);
    });
  }

  test(`${name}: what is kept comes back byte for byte, once, and leaves no variable`, (t) => {
    if (!installed(shell, t)) return;
    const memory = (kind: "keep" | "forget" | "restore"): Memory[] =>
      displaceable.map((name) => ({ kind, name }));
    const evaluated = (changes: readonly (Change | Memory)[]) =>
      `eval \`${printing(csh.renderForFunctions(changes))}\``;
    const unset = displaceable.map((name): Change => ({ kind: "unset", name }));
    const values = sayable(hostileValues).slice(0, options.includes("-fe") ? 8 : undefined);
    const lines = values.flatMap((value) => [
      `eval \`${printing(csh.render([{ kind: "set", name: "AWS_PROFILE", value }]))}\``,
      evaluated([...memory("keep"), ...unset]),
      "echo $?AWS_PROFILE $?AWS_REGION",
      evaluated(memory("restore")),
      "printenv AWS_PROFILE",
      "echo $?AWS_CREDENTIAL_EXPIRATION",
      // A second time there is nothing to give back.
      evaluated([...unset, ...memory("restore")]),
      "echo $?AWS_PROFILE",
      "set | sed -n /__aws/p",
      ...displaceable.map((name) => `setenv ${name} x`),
    ]);
    const { status, stdout, stderr } = run(shell, options, [
      ...displaceable.map((name) => `setenv ${name} x`),
      ...lines,
    ]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(stdout.split("\n"), [...values.flatMap((value) => ["0 0", value, "1", "0"]), ""]);
  });

  test(`${name}: a failure is a non-zero status, and no change is a success`, (t) => {
    if (!installed(shell, t)) return;
    const evaluated = (code: string) => `eval \`${printing(code)}\``;
    const failed = run(shell, options, [evaluated(csh.failure)]);
    assert.notEqual(failed.status, 0);
    // With -e, csh ends at a failure before `||` as well.
    const left = run(shell, options, [`${evaluated(csh.failure)} || exit 3`]).status;
    assert.equal(left, options.includes("-fe") ? 1 : 3);
    assert.equal(run(shell, options, [`${evaluated(csh.render([]))} && exit 5`]).status, 5);
  });

  test(`${name}: code that was cut off runs nothing`, (t) => {
    if (!installed(shell, t)) return;
    const whole = csh.render([
      { kind: "set", name: "A", value: "1" },
      { kind: "unset", name: "B" },
      set("$2"),
    ]);
    for (const { index } of whole
      .trimEnd()
      .slice(0, -1)
      .matchAll(/.(?=[; \\])/g)) {
      const { stdout } = run(shell, options, [
        `eval \`${printing(whole.slice(0, index + 1))}\``,
        "printenv A",
      ]);
      assert.equal(stdout, "", `${index + 1} bytes`);
    }
  });
}

test("csh: no two variables are kept under one name, and no name is longer than BSD csh allows", () => {
  const kept = displaceable.map(
    (name) => /__aws_as_kept_\w+/.exec(csh.renderForFunctions([{ kind: "keep", name }]))?.[0] ?? "",
  );
  assert.equal(new Set(kept).size, displaceable.length);
  assert.deepEqual(
    kept.filter((name) => name.length > 30),
    [],
  );
});

for (const shell of ["tcsh", "bsd-csh"]) {
  test(`${shell}: the line in ~/.cshrc is silent in scripts, and its functions work there`, async (t) => {
    if (!installed(shell, t)) return;
    const desk = await makeDesk(t);
    await signIn(desk);
    const write = (name: string, lines: readonly string[]) =>
      writeFileSync(join(desk.home.path, name), lines.map((line) => `${line}\n`).join(""));
    write(".cshrc", ["eval `aws-as -c`"]);
    write("empty", ["echo done"]);
    const empty = await runShell(desk, [shell, "empty"]);
    assert.deepEqual([empty.status, empty.stdout, empty.stderr], [0, "done\n", ""]);
    write("script", [
      "aws-as my-role1 && echo $AWS_AS_IDENTITY",
      "foreach name (my-user1 my-role1)",
      "  aws-as $name",
      "  aws-as status | sed -n 's/ this shell.*//p'",
      "end",
      "aws-as nope || echo failed $status",
      "aws-as status > file; echo $status",
      "aws-as -; echo $?AWS_AS_IDENTITY",
      "aws-as-deactivate; alias; set | sed -n /__aws/p",
      "eval `\\aws-as env my-role1 --shell csh`; echo $status $AWS_AS_IDENTITY",
      "eval `\\aws-as env nope --shell csh`; echo $status",
      "eval `\\aws-as env - --shell tcsh`; echo $status $?AWS_AS_IDENTITY",
      "eval `\\aws-as env nope --shell csh` || exit 4",
    ]);
    const { status, stdout, stderr } = await runShell(desk, [shell, "script"]);
    assert.deepEqual(
      [status, stdout.split("\n")],
      [4, ["my-role1", "(my-user1)", "(my-role1)", "failed 1", "0", "0", "0 my-role1", "1", "0 0", ""]],
    );
    assert.equal(stderr.match(/aws-as: error: /g)?.length, 3);
    assert.match(readFileSync(join(desk.home.path, "file"), "utf8"), /acts as "my-role1"/);
    write("strict", ["aws-as nope", "echo still here"]);
    assert.deepEqual((await runShell(desk, [shell, "-e", "strict"])).stdout, "");
  });
}
