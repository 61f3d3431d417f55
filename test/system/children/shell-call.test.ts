import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { descendantsOf } from "../../../src/system/children/process-tree.ts";
import { programIn, shellCall } from "../../../src/system/children/run-command.ts";

/** Quoting that survives in every client, and what it comes to (docs/clients.md). */
for (const [line, words] of [
  [`printf '%s\\n' a "b c" d`, ["a", "b c", "d"]],
  [`printf '%s\\n' 'it'"'"'s' e\\ f`, ["it's", "e f"]],
  [`V=1 printf '%s\\n' "\${HOME##*/}" ~`, ["me", "/home/me"]],
] as const) {
  test(`${line} is read as sh reads it`, () => {
    const { program, words: given, verbatim } = shellCall(line, "linux", {});
    const output = execFileSync(program, given, { env: { HOME: "/home/me" }, encoding: "utf8" });
    assert.deepEqual([output.trimEnd().split("\n"), verbatim], [words, false]);
  });
}

test("on Windows cmd.exe gets the line as it was written, between two quotes that it takes off", () => {
  const line = '"C:\\Program Files\\tool\\tool.exe" --name "a b" & echo %PATH%';
  const env = { ComSpec: "C:\\Windows\\system32\\cmd.exe" };
  assert.deepEqual(shellCall(line, "win32", env), {
    program: "C:\\Windows\\system32\\cmd.exe",
    words: ["/d", "/s", "/c", `"${line}"`],
    verbatim: true,
  });
  assert.equal(shellCall("x", "win32", {}).program, "cmd.exe");
});

for (const [line, program] of [
  ["/opt/tool get --password hunter2", "/opt/tool"],
  ["TOKEN=canary OTHER='a b' tool x", "tool"],
  ['"/opt/my tools/tool" x', "/opt/my tools/tool"],
  ["/opt/my\\ tools/tool x", "/opt/my tools/tool"],
  ['"C:\\tools\\tool.exe" x', "C:\\tools\\tool.exe"],
  ["  ", undefined],
] as const) {
  test(`the program of ${line} is ${program}`, () => assert.equal(programIn(line), program));
}

test("the descendants of a process are its children, theirs, and nobody else", () => {
  const pairs = [
    [2, 1],
    [10, 2],
    [11, 10],
    [12, 10],
    [13, 12],
    [20, 2],
  ] as const;
  assert.deepEqual(descendantsOf(10, pairs), [11, 12, 13]);
  assert.deepEqual(descendantsOf(13, pairs), []);
});
