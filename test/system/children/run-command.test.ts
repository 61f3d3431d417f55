import assert from "node:assert/strict";
import test from "node:test";
import { guardVariable } from "../../../src/system/children/child-environment.ts";
import { runChild } from "../../../src/system/children/run-child.ts";
import { type CommandOptions, runCommand } from "../../../src/system/children/run-command.ts";
import { eventually, processes } from "../../support/pty.ts";
import { unixOnly } from "../../support/unix-only.ts";

const environment = { PATH: process.env["PATH"], AWS_PROFILE: "dev", AWS_SESSION_TOKEN: "canary" };
const options: CommandOptions = { environment, timeLimit: 20_000 };
const posix = unixOnly("sh");

test("a command line is read by the shell, and its output is taken", posix, async () => {
  assert.deepEqual(await runCommand("X=1; echo \"$X\" | tr 1 2; echo 'a  b'", options), {
    kind: "exited",
    status: 0,
    output: "2\na  b\n",
    complaint: "",
  });
});

test("a failed command tells its status, and what it said where there is no terminal", posix, async () => {
  const result = await runCommand("exec 2>&1; echo sorry >&2; exit 3", options);
  assert.deepEqual(result, { kind: "exited", status: 3, output: "sorry\n", complaint: "" });
  assert.equal((await runCommand("no-such-program-here", options)).kind, "exited");
  assert.deepEqual(await runCommand("kill -9 $$", options), { kind: "killed", by: "SIGKILL", complaint: "" });
});

test("a command sees no credentials and no profile, but the guard and what is added", posix, async () => {
  const result = await runCommand("env", { ...options, extra: { AWS_AS_MFA_SERIAL: "device" } });
  assert.ok(result.kind === "exited");
  assert.doesNotMatch(result.output, /AWS_PROFILE|canary/);
  assert.match(result.output, new RegExp(`^${guardVariable}=1$`, "m"));
  assert.match(result.output, /^AWS_AS_MFA_SERIAL=device$/m);
});

test("a command has nothing to read and no terminal to read from", posix, async () => {
  const result = await runCommand("cat; (: </dev/tty) 2>/dev/null || echo no terminal", options);
  assert.ok(result.kind === "exited");
  assert.equal(result.output, "no terminal\n");
});

for (const [name, tail] of [
  ["a command that does not end", "wait"],
  ["a command that ignores signals", "trap '' TERM INT HUP; wait; wait"],
] as const) {
  test(`${name} is ended when its time is up, with all it started`, posix, async () => {
    const mark = `sleep 4${process.pid}.${tail.length}`;
    const result = await runCommand(`${mark} & ${mark} & ${tail}`, { ...options, timeLimit: 500 });
    assert.deepEqual(result, { kind: "timed-out" });
    await eventually(
      () => !processes().some(({ command }) => command === mark),
      "the end of what it started",
    );
  });
}

test("a command is ended when it is aborted", posix, async () => {
  const stop = new AbortController();
  const mark = `sleep 5${process.pid}.5`;
  const running = runCommand(mark, { ...options, signal: stop.signal });
  await eventually(() => processes().some(({ command }) => command.includes(mark)), "the command");
  stop.abort();
  assert.deepEqual(await running, { kind: "cancelled" });
  await eventually(
    () => !processes().some(({ command }) => command.includes(mark)),
    "the end of the command",
  );
  assert.deepEqual(await runCommand("true", { ...options, signal: stop.signal }), { kind: "cancelled" });
});

test("a command is ended when we are interrupted, and we live on to say so", posix, async () => {
  const mark = `sleep 6${process.pid}.5`;
  const running = runCommand(mark, options);
  await eventually(() => processes().some(({ command }) => command.includes(mark)), "the command");
  process.kill(process.pid, "SIGHUP");
  assert.deepEqual(await running, { kind: "cancelled" });
  await eventually(
    () => !processes().some(({ command }) => command.includes(mark)),
    "the end of the command",
  );
  assert.equal(process.listenerCount("SIGHUP"), 0);
});

test(
  "Ctrl-C is one also where the end of a command on our terminal is seen before our own signal",
  posix,
  async () => {
    const call = { program: "/bin/sh", words: ["-c", "kill -INT $$"], inOurGroup: true };
    const limits = { timeLimit: 60_000, outputLimit: 100, complaintLimit: 100 };
    const result = await runChild({ ...call, ...limits, environment: { PATH: process.env["PATH"] ?? "" } });
    assert.deepEqual(result, { kind: "cancelled" });
  },
);

test("a command that prints without end is ended", posix, async () => {
  assert.deepEqual(await runCommand("yes", options), { kind: "too-long" });
  const result = await runCommand("head -c 8192 /dev/zero", options);
  assert.ok(result.kind === "exited" && result.output.length === 8192);
});

test("a daemon that a command leaves behind is neither waited for nor ended", posix, async (context) => {
  const result = await runCommand("sleep 60 & echo $!", options);
  assert.ok(result.kind === "exited");
  const daemon = Number(result.output);
  context.after(() => process.kill(daemon));
  assert.ok(processes().some(({ pid }) => pid === daemon));
});
