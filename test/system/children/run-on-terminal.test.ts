import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { eventually, isAlive, startPty, withoutPty } from "../../support/pty.ts";

const skip = withoutPty();
const child = join(import.meta.dirname, "run-on-terminal-child.js");

function start(t: TestContext, script: string, milliseconds = 60_000) {
  const pty = startPty(process.execPath, [child, script, String(milliseconds)]);
  t.after(() => pty.close());
  return pty;
}

test("a program on the terminal speaks and listens there", { skip }, async (t) => {
  const pty = start(t, "printf 'who? '; read name; echo hello $name >&2; exit 3");
  await pty.waitFor("here it goes\nwho? ");
  pty.type("ann\r");
  await pty.waitFor("hello ann\n");
  await pty.waitFor('ended: {"kind":"exited","status":3,');
});

test("a program on the terminal is ended with all that it started, when its time is up", {
  skip,
}, async (t) => {
  const pty = start(t, "sleep 1000 & echo pid $!; wait", 500);
  await pty.waitFor('ended: {"kind":"timed-out"}');
  const pid = Number(/pid (\d+)/.exec(pty.output())?.[1]);
  assert.ok(pid > 0);
  await eventually(() => !isAlive(pid), "the end of what it started");
});

test("Ctrl-C ends a program on the terminal, also one that does not want to", { skip }, async (t) => {
  const pty = start(t, "trap '' INT; echo pid $$; sleep 1000");
  const pid = Number(/pid (\d+)/.exec(await pty.waitFor(/pid \d+\n/))?.[1]);
  pty.press("ctrl-c");
  await pty.waitFor('ended: {"kind":"cancelled"}');
  await eventually(() => !isAlive(pid), "its end");
});

test("without a terminal nothing is started", () => {
  const { stdout } = spawnSync("setsid", ["-w", process.execPath, child, "echo started >&2", "1000"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.match(stdout, /^ended: {"kind":"not-started"/);
});
