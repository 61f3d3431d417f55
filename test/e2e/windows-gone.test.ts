import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { type Desk, makeDesk } from "../support/desk.ts";
import { deskWithDisplay } from "../support/desk-with-display.ts";
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

/** Our processes: the program and what it started. */
const ours = ({ home }: Desk) =>
  processes().filter(({ command }) => command.includes(home.path) || /zenity|pinentry/.test(command));
const askers = (desk: Desk) =>
  processes().filter(
    ({ command }) => /aws-as\S* process my-role1$/.test(command) && command.includes(desk.home.path),
  );

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
  await eventually(() => ours(desk).length === 0, "the end of both, with no further question");
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
  await eventually(() => ours(desk).length === 0, "its end");
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
  assert.ok(performance.now() - pressed < 3000);
  assert.equal((await shell.run("echo status $?")).trim(), "status 130");
});
