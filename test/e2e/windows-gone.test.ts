import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { deskWithDisplay } from "../support/desk-with-display.ts";
import { processesOf } from "../support/processes-of.ts";
import { eventually, processes, withoutPty } from "../support/pty.ts";

/** A caller as Go's SDK is one: it waits for a shell that waits for us. */
function callerOf({ env }: Desk): ChildProcess {
  const line = "aws-as process my-role1; true";
  return spawn("python3", ["-c", "import subprocess,sys; subprocess.run(['dash','-c',sys.argv[1]])", line], {
    env: { ...env },
    stdio: "ignore",
    detached: true,
  });
}

/** The program in all its processes that have yet to answer. */
const askers = ({ home }: Desk) =>
  processesOf(home).filter(({ command }) => /aws-as\S* process my-role1$/.test(command));

/** Whether a process has a lock's file open, which means that it holds the lock or waits for it. */
function isAtLock(pid: number): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((file) => readlinkSync(join(folder, file)).includes("/locks/"));
  } catch {
    return false;
  }
}

for (const how of ["is killed", "ends it by SIGTERM", "closes its terminal"]) {
  test(`who waits behind a question whose caller ${how} is asked instead, for nobody said no`, async (t) => {
    const desk = await deskWithDisplay(t, "zenity");
    if (!desk) return;
    const { alone, display, code, fake } = desk;
    const caller = callerOf(desk);
    await eventually(() => display.windows().length > 0, "a window");
    const [asker] = askers(desk);
    const [shower] = display.showers();
    const waiting = alone("aws-as", ["process", "my-role1"]);
    await eventually(() => askers(desk).filter(({ pid }) => isAtLock(pid)).length === 2, "one that waits");
    if (how === "is killed") caller.kill("SIGKILL");
    else process.kill(asker?.pid ?? 0, how === "ends it by SIGTERM" ? "SIGTERM" : "SIGHUP");
    await eventually(() => display.showers().some((pid) => pid !== shower), "the next window");
    assert.equal(askers(desk).length, 1);
    await display.answer(code());
    const { status, stderr } = await waiting;
    assert.equal(status, 0, stderr);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
  });
}

test("nobody is asked for a caller that went away while another question was open", async (t) => {
  const desk = await deskWithDisplay(t, "zenity");
  if (!desk) return;
  const { display } = desk;
  const first = callerOf(desk);
  await eventually(() => display.windows().length > 0, "a window");
  const second = callerOf(desk);
  await eventually(() => askers(desk).filter(({ pid }) => isAtLock(pid)).length === 2, "one that waits");
  second.kill("SIGKILL");
  first.kill("SIGKILL");
  await eventually(() => processesOf(desk.home).length === 0, "the end of both, with no further question");
});

const skip = withoutPty();

test("a terminal that is closed while AWS answers loses no session", { skip }, async (t) => {
  const desk = await makeDesk(t);
  const { alone, fake, terminal } = desk;
  fake.faults.add({ kind: "delay", milliseconds: 1000, times: 1 });
  const shell = await terminal("bash");
  shell.type("aws-as login my-role1\r");
  await shell.waitFor("MFA code");
  shell.type(`${fake.code(one.mfaSerial)}\r`);
  await eventually(() => fake.requests.counts()["GetSessionToken"] === 1, "the code at AWS");
  shell.kill("SIGHUP");
  await shell.exit();
  await eventually(() => processesOf(desk.home).length === 0, "its end");
  const after = await alone("aws-as", ["process", "my-role1"], { AWS_AS_PROMPT: "none" });
  assert.equal(after.status, 0, after.stderr);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1);
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(`${signal} while AWS answers takes effect when the session is saved`, async (t) => {
    const { alone, fake, home } = await makeDesk(t);
    fake.faults.add({ kind: "delay", milliseconds: 1000, times: 1 });
    const child = home.start(["process", "my-role1"], {
      env: { AWS_AS_MFA_CODE: fake.code(one.mfaSerial) },
    });
    const end = new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
    await eventually(() => fake.requests.counts()["GetSessionToken"] === 1, "the code at AWS");
    child.kill(signal);
    assert.deepEqual(await end, [null, signal]);
    const after = await alone("aws-as", ["process", "my-user1"], { AWS_AS_PROMPT: "none" });
    assert.equal(after.status, 0, after.stderr);
  });
}

test("Ctrl-C while AWS answers ends it at once", { skip }, async (t) => {
  const { fake, terminal } = await makeDesk(t);
  fake.faults.add({ kind: "hang", times: 9 });
  const shell = await terminal("bash");
  shell.type("aws-as login my-role1\r");
  await shell.waitFor("MFA code");
  shell.type(`${fake.code(one.mfaSerial)}\r`);
  await eventually(() => fake.requests.counts()["GetSessionToken"] === 1, "the code at AWS");
  const pressed = performance.now();
  shell.press("ctrl-c");
  await shell.waitForPrompt();
  assert.ok(performance.now() - pressed < 30_000);
  assert.equal((await shell.run("echo status $?")).trim(), "status 130");
});

test("a question on the terminal that goes on in the background becomes a window", { skip }, async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const { display, code, terminal } = desk;
  const shell = await terminal("bash");
  shell.type("aws-as process my-role1 > out\r");
  await shell.waitFor("MFA code");
  shell.press("ctrl-z");
  await shell.waitForPrompt();
  await shell.run("bg");
  await display.answer(code());
  assert.doesNotMatch(await shell.run("wait; jobs"), /stopped/i);
  assert.match(await shell.run("cat out"), /"Version":1/);
});

test("on terminals and without, many at once are one question and one session", { skip }, async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const { alone, display, code, fake, terminal } = desk;
  const running = Array.from({ length: 6 }, () => alone("aws-as", ["process", "my-role1"]));
  await eventually(() => display.windows().length > 0, "a window");
  const shells = await Promise.all(["bash", "zsh"].map((kind) => terminal(kind as "bash" | "zsh")));
  for (const shell of shells) shell.type("aws-as process my-role1 > out.$$; cat out.$$\r");
  await eventually(() => askers(desk).filter(({ pid }) => isAtLock(pid)).length === 8, "all of them");
  assert.equal(display.windows().length, 1);
  await display.answer(code());
  const runs = await Promise.all(running);
  assert.deepEqual([...new Set(runs.map(({ status, stderr }) => `${status} ${stderr}`))], ["0 "]);
  for (const shell of shells) {
    await shell.waitFor('"Version":1');
    assert.doesNotMatch(shell.output(), /MFA code/);
  }
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
});

test("the window of an aws-as that was killed has a limit of its own", async (t) => {
  const desk = await deskWithDisplay(t, "zenity");
  if (!desk) return;
  const child = desk.home.start(["process", "my-role1"], { env: { AWS_AS_PROMPT: "zenity" } });
  await eventually(() => desk.display.windows().length > 0, "a window");
  const [shower] = desk.display.showers();
  child.kill("SIGKILL");
  const { command = "" } = processes().find(({ pid }) => String(pid) === shower) ?? {};
  const limit = Number(/--timeout=(\d+)/.exec(command)?.[1]);
  assert.ok(limit <= 46, command);
  await desk.display.press("Escape");
});
