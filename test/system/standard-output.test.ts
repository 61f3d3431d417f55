import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { ended } from "../support/home.ts";

const moduleUrl = new URL("../../src/system/standard-output.js", import.meta.url).href;

/** Runs code that has `standardOutput` and a megabyte of `text`; it waits for a line on standard input where it says so. */
function start(code: string) {
  const script = `import { once } from "node:events";
import { standardOutput } from ${JSON.stringify(moduleUrl)};
const text = "0123456789abcde\\n".repeat(65536);
${code}`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { PATH: process.env["PATH"] },
    stdio: "pipe",
  });
}

test("a result that is longer than a pipe arrives whole", async () => {
  const run = await ended(start("standardOutput.write(text);"));
  assert.deepEqual([run.status, run.stdout.length, run.stderr], [0, 1_048_576, ""]);
});

test("a result arrives whole and in order through a full pipe that others made non-blocking", async () => {
  // Node sets O_NONBLOCK when it makes process.stdout.
  const run = await ended(start('process.stdout.write(""); standardOutput.write(text);'));
  assert.deepEqual([run.status, run.stderr], [0, ""]);
  assert.equal(run.stdout, "0123456789abcde\n".repeat(65_536));
});

test("a reader that has gone is no failure", async () => {
  const child = start(
    'await once(process.stdin, "data"); standardOutput.write("text"); process.stdin.destroy();',
  );
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.write("go\n");
  const run = await ended(child);
  assert.deepEqual([run.status, run.stderr], [0, ""]);
});
