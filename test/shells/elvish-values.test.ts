import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import fc from "fast-check";
import { dialect as elvish } from "../../src/emit/elvish/shell.ts";
import { makeDesk } from "../support/desk.ts";
import { hostileValues } from "../support/hostile-values.ts";
import { installed } from "../support/installed.ts";
import { runShell } from "../support/shells/scripts.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-as-elvish-"));
after(() => rmSync(folder, { recursive: true }));

/** No lone surrogates, which are no text, and no NUL, which is refused. */
const values = [
  ...hostileValues,
  ...fc.sample(fc.string({ unit: "binary", maxLength: 20 }), { seed: 7, numRuns: 100 }),
].filter((value) => !/\0|\p{Cs}/u.test(value));

for (const way of ["eval (print $E:CODE)", "eval (print $E:CODE | slurp)"]) {
  test(`elvish, ${way}: every hostile value arrives byte for byte`, (t) => {
    if (!installed("elvish", t)) return;
    const code = elvish.render(values.map((value, at) => ({ kind: "set", name: `A${at}`, value })));
    const env = { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C.UTF-8", CODE: code };
    const options = { cwd: folder, env, encoding: "utf8", timeout: 30_000 } as const;
    const script = `${way}; unset-env CODE; env -0`;
    const { stdout, stderr } = spawnSync("elvish", ["-norc", "-c", script], options);
    assert.equal(stderr, "");
    const arrived = new Map(
      stdout.split("\0").map((entry) => {
        const at = entry.indexOf("=");
        return [entry.slice(0, at), entry.slice(at + 1)] as const;
      }),
    );
    for (const [at, value] of values.entries()) assert.equal(arrived.get(`A${at}`), value);
    assert.ok(!existsSync(join(folder, "pwned")));
  });
}

test("elvish: a failure ends a script", async (t) => {
  if (!installed("elvish", t)) return;
  const desk = await makeDesk(t);
  for (const line of [
    "eval (aws-as env nope --shell elvish | slurp)",
    "eval (aws-as env nope --shell elvish)",
    "print 'fail x' | eval (slurp)",
  ]) {
    const run = await runShell(desk, ["elvish", "-norc", "-c", `${line}; echo went on`]);
    assert.deepEqual([run.stdout, run.status === 0], ["", false], line);
  }
});
