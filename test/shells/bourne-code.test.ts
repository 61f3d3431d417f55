import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { dialect as posix } from "../../src/emit/bourne/dialect.ts";
import type { Change, Memory } from "../../src/emit/change.ts";
import { programCall } from "../support/home.ts";
import { installed } from "../support/installed.ts";

const sources = resolve(import.meta.dirname, "../../../src/emit/bourne");

function activation(): string {
  const { stdout, status } = spawnSync(...programCall("-s"), { encoding: "utf8" });
  assert.equal(status, 0);
  return stdout;
}

/** The script in it, and the text in it that all shells evaluate. */
function decoded(code: string): { whole: string; functions: string } {
  const [, octal = ""] = /^'eval' "`'printf' '(.*)'`";\n$/.exec(code) ?? [];
  const bytes = octal.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
  const whole = Buffer.from(bytes, "latin1").toString("utf8");
  const [, functions = ""] = /^'export' __aws_as_code='((?:[^']|'\\'')*)'$/m.exec(whole) ?? [];
  return { whole, functions: functions.replaceAll("'\\''", "'") };
}

function shellcheck(t: TestContext, text: string, ...options: string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "aws-as-shellcheck-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "code"), text);
  const { stdout, status } = spawnSync("shellcheck", [...options, join(folder, "code")], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
}

for (const file of ["functions.sh", "bash.sh", "complete-bash.sh", "complete-bash-undo.sh"]) {
  test(`shellcheck has nothing to say about ${file}`, (t) => {
    if (!installed("shellcheck", t)) return;
    shellcheck(t, readFileSync(join(sources, file), "utf8"));
  });
}

test("shellcheck takes what is emitted for sh", (t) => {
  if (!installed("shellcheck", t)) return;
  const code = activation();
  // Backquotes on purpose: zsh with GLOB_SUBST takes the parentheses of the other form for a pattern.
  shellcheck(t, code, "-s", "sh", "-e", "SC2006");
  // The comments that explain the rest to shellcheck are not emitted: quoted references, and what a switch sets.
  shellcheck(t, decoded(code).whole, "-s", "sh", "-e", "SC2016,SC2154");
  shellcheck(t, decoded(code).functions, "-s", "sh", "-e", "SC2016,SC2154");
  const name = "AWS_PROFILE";
  const changes: Change[] = [
    { kind: "unset", name },
    { kind: "set", name: "AWS_REGION", value: "eu-west-1" },
    { kind: "set", name, value: "it's, $(so)\n" },
  ];
  const memory: Memory[] = [
    { kind: "keep", name },
    { kind: "forget", name },
    { kind: "restore", name },
    { kind: "note", name: "until", value: "1" },
  ];
  // It does not see that a quoted command exports the variables.
  shellcheck(t, posix.render(changes), "-s", "sh", "-e", "SC2006,SC2034");
  shellcheck(t, posix.renderForFunctions([...changes, ...memory]), "-s", "sh", "-e", "SC2006,SC2034");
  shellcheck(t, posix.render([]), "-s", "sh");
  shellcheck(t, posix.failure, "-s", "sh");
});

test("the activation for sh is one line of signs that no shell expands", () => {
  const code = activation();
  assert.match(code, /^'eval' "`'printf' '([A-Za-z0-9\\]| (?! ))*'`";\n$/);
  // Every new shell decodes it, which takes 1 ms for 10 kB.
  assert.ok(code.length < 34_600, `${code.length} bytes`);
  assert.match(decoded(code).functions, /^__aws_as_refresh\n/m);
  assert.doesNotMatch(decoded(code).whole, /AWS_AS_PART|^\s*#|^\s+\S/m);
});
