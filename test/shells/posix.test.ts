import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import fc from "fast-check";
import { dialect as posix } from "../../src/emit/bourne/dialect.ts";
import { installed } from "../support/installed.ts";
import { valuesFor } from "../support/shells/scripts.ts";

/** A folder full of files whose names match what could stand in our code, each an attack if it is expanded. */
const folder = mkdtempSync(join(tmpdir(), "aws-as-shells-"));
for (const name of [
  "A='team';touch pwned;x='';",
  "A=",
  "a",
  "b",
  "AWS",
  "{",
  "};",
  "x y",
  "-n",
  "printf",
  "A1=",
  "A7=1",
]) {
  writeFileSync(join(folder, name), "");
}
after(() => rmSync(folder, { recursive: true }));

const shells: [string, string[]][] = [
  ["dash", []],
  ["dash", ["-eu"]],
  ["bash", ["--noprofile", "--norc"]],
  ["bash", ["--noprofile", "--norc", "-eu", "-o", "pipefail", "-O", "nullglob"]],
  ["bash", ["--noprofile", "--norc", "-O", "failglob"]],
  ["bash", ["--posix", "-eu"]],
  ["zsh", ["-f"]],
  ["zsh", ["-f", "-eu", "-o", "sh_word_split", "-o", "ksh_arrays"]],
  ["zsh", ["-f", "-o", "glob_subst"]],
  ["busybox", ["ash", "-eu"]],
  ["ksh", []],
  ["ksh", ["-euC", "-o", "pipefail"]],
  ["mksh", []],
  ["mksh", ["-euC", "-o", "posix"]],
  ["yash", ["--noprofile"]],
  ["yash", ["-euC", "-o", "posix"]],
  ["posh", ["-eu"]],
];

/** Others by chance; no lone surrogates, which are no text, and no NUL, which is refused. */
const generated = [
  ...fc.sample(fc.string({ unit: "binary", maxLength: 20 }), { seed: 3, numRuns: 60 }),
  ...fc.sample(fc.string({ unit: fc.constantFrom(..."$`'\"\\ \n\t!*?[]{}~#;&|<>()=%^,a1"), maxLength: 12 }), {
    seed: 3,
    numRuns: 60,
  }),
].filter((value) => !/\0|\p{Cs}/u.test(value));

/** Prints the exported variable A, as a program sees it; `null` where there is none. */
const show = "printenv A || printf null";

function evaluate(
  shell: string,
  options: string[],
  script: string,
  code: string | Readonly<Record<string, string>>,
) {
  const codes = typeof code === "string" ? { CODE: code } : code;
  return spawnSync(shell, [...options, "-c", script], {
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C.UTF-8", ...codes },
    encoding: "utf8",
    // With a socket there, bash takes itself for a remote shell and reads ~/.bashrc.
    stdio: ["ignore", "pipe", "pipe"],
  });
}

for (const [shell, options] of shells) {
  const name = [shell, ...options].join(" ");
  // Each generated value goes through each shell, in one of its ways and with one of its sets of options.
  const same = shells.filter(([each]) => each === shell);
  const set = same.findIndex(([, each]) => each === options);
  for (const [at, [way, script]] of (
    [
      ["quoted", 'eval "$(printf %s "$CODE")"'],
      ["unquoted", 'eval $(printf %s "$CODE")'],
    ] as const
  ).entries()) {
    const values = valuesFor(2 * set + at, 2 * same.length, generated);
    test(`${name}, ${way}: every hostile value arrives byte for byte`, (context) => {
      if (!installed(shell, context)) return;
      const code = posix.render(values.map((value, at) => ({ kind: "set", name: `A${at}`, value })));
      const { stdout, stderr } = evaluate(shell, options, `${script}; env -0`, code);
      const arrived = new Map(
        stdout.split("\0").map((entry) => {
          const at = entry.indexOf("=");
          return [entry.slice(0, at), entry.slice(at + 1)] as const;
        }),
      );
      assert.equal(stderr, "");
      for (const [at, value] of values.entries()) assert.equal(arrived.get(`A${at}`), value);
      assert.ok(!existsSync(join(folder, "pwned")));
    });

    test(`${name}, ${way}: a failure is a non-zero status`, (context) => {
      if (!installed(shell, context)) return;
      const { status } = evaluate(shell, options, `${script} && exit 0; exit 3`, posix.failure);
      assert.notEqual(status, 0);
    });

    test(`${name}, ${way}: a removal leaves nothing, also of what was not there`, (context) => {
      if (!installed(shell, context)) return;
      const code = posix.render([
        { kind: "unset", name: "A" },
        { kind: "unset", name: "NEVER_SET" },
      ]);
      const { stdout, stderr } = evaluate(shell, options, `A=1; export A; ${script}; ${show}`, code);
      assert.deepEqual({ stdout, stderr }, { stdout: "null", stderr: "" });
    });
  }

  for (const script of ['eval "$CODE"', "eval $CODE"]) {
    test(`${name}, ${script}: no change at all is a success`, (context) => {
      if (!installed(shell, context)) return;
      const { status, stdout, stderr } = evaluate(
        shell,
        options,
        `! :; ${script}; echo "after $?"`,
        posix.render([]),
      );
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "after 0\n", stderr: "" });
    });
  }

  test(`${name}: code that was cut off runs nothing`, (context) => {
    if (!installed(shell, context)) return;
    const whole = posix.render([
      { kind: "set", name: "A", value: "1" },
      { kind: "set", name: "B", value: "2" },
    ]);
    const cuts = Array.from({ length: whole.trimEnd().length - 2 }, (_, at) => whole.slice(0, at + 1));
    // Each in a process of its own, as it ends some shells; not behind `||`, which would switch off -e.
    const script = cuts.map((_, at) => `(eval "$CODE${at}"; ${show}) & wait $! || :; printf '|'\n`).join("");
    const variables = Object.fromEntries(cuts.map((cut, at) => [`CODE${at}`, cut]));
    const { stdout } = evaluate(shell, options, script, variables);
    const shown = stdout.split("|");
    assert.equal(shown.length, cuts.length + 1);
    for (const [at, text] of shown.entries())
      assert.ok(["", "null"].includes(text), `${at + 1} bytes: ${text}`);
  });
}
