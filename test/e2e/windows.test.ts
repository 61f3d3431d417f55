import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import test from "node:test";
import { one } from "../support/aws/world-of-one.ts";
import { makeDesk, wrong } from "../support/desk.ts";
import { deskWithDisplay } from "../support/desk-with-display.ts";
import { installed } from "../support/installed.ts";
import { processesOf } from "../support/processes-of.ts";
import { eventually, withoutPty } from "../support/pty.ts";

for (const program of ["zenity", "pinentry"]) {
  test(`${program}: a program without a terminal asks in a window, three times with what AWS said`, async (t) => {
    const desk = await deskWithDisplay(t, program);
    if (!desk) return;
    const { alone, display, fake, code } = desk;
    const running = alone("aws-as", ["process", "my-role1"]);
    await display.answer(wrong(code()));
    await display.answer("12345");
    await display.answer(code());
    const { status, stdout, stderr } = await running;
    assert.equal(status, 0, stderr);
    assert.deepEqual([JSON.parse(stdout).Version, stderr], [1, ""]);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 2, AssumeRole: 1 });
  });

  test(`${program}: who closes the window is not asked again at once, and nothing waits`, async (t) => {
    const desk = await deskWithDisplay(t, program);
    if (!desk) return;
    const { alone, display, fake } = desk;
    const running = alone("aws-as", ["process", "my-role1"]);
    await display.press("Escape");
    const first = await running;
    assert.deepEqual([first.status, first.stdout], [130, ""]);
    assert.match(first.stderr, /^aws-as: error: no MFA code was given for "my-role1"\n/);
    const again = await alone("aws-as", ["process", "my-role1"]);
    assert.equal(again.status, 130);
    assert.match(again.stderr, /a moment ago/);
    assert.deepEqual(fake.requests.counts(), {});
  });
}

test("many programs without a terminal are one window and one session", async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const { alone, display, fake, code } = desk;
  const running = Array.from({ length: 12 }, () => alone("aws-as", ["process", "my-role1"]));
  await eventually(() => display.windows().length > 0, "a window");
  assert.equal(display.windows().length, 1);
  await display.answer(code());
  const runs = await Promise.all(running);
  assert.deepEqual([...new Set(runs.map(({ status, stderr }) => `${status} ${stderr}`))], ["0 "]);
  assert.deepEqual(fake.requests.counts(), { GetSessionToken: 1, AssumeRole: 1 });
  assert.deepEqual(display.windows(), []);
});

test("a pinentry that cannot show itself gives way to a dialog", async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const { alone, display, code } = desk;
  const running = alone("aws-as", ["process", "my-role1"], { AWS_AS_PINENTRY: "/bin/false" });
  await display.answer(code());
  const { status, stderr } = await running;
  assert.equal(status, 0, stderr);
});

test("where nothing can show itself, every reason is told", async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const env = { DISPLAY: ":1999", AWS_AS_PINENTRY: "/bin/false" };
  const { status, stdout, stderr } = await desk.alone("aws-as", ["process", "my-role1"], env);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(
    stderr,
    /^aws-as: error: "my-role1" needs an MFA code, and there is no way to ask for one: pinentry: .*; zenity: .*display.*\n/,
  );
  assert.match(stderr, /aws-as: hint: start a session in a terminal first: aws-as login my-role1\n/);
});

for (const shell of ["dash -c", "bash -c", "exec"]) {
  test(`the window closes when the program that wanted the answer is killed (${shell})`, async (t) => {
    const desk = await deskWithDisplay(t);
    if (!desk) return;
    const { env, display, home } = desk;
    // A caller as Go's SDK is one: it waits for a shell that waits for us, or for us.
    const line =
      shell === "exec" ? "aws-as process my-role1; true" : `${shell} 'aws-as process my-role1; true'; true`;
    const caller = spawn(
      "python3",
      ["-c", "import subprocess,sys; subprocess.run(['sh','-c',sys.argv[1]])", line],
      {
        env: { ...env },
        stdio: "ignore",
        detached: true,
      },
    );
    await eventually(() => display.windows().length > 0, "a window");
    caller.kill("SIGKILL");
    await eventually(() => display.windows().length === 0, "the end of the window");
    const ours = () => processesOf(home);
    await eventually(() => ours().length === 0, "the end of all that was started").catch((error: Error) => {
      assert.fail(`${error.message}: ${JSON.stringify(ours())}`);
    });
  });
}

test("a code that was sent before the caller died is not lost", async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const { alone, env, display, fake, code, home } = desk;
  fake.faults.add({ kind: "delay", milliseconds: 3000, times: 1 });
  const caller = spawn("sh", ["-c", "aws-as process my-role1; true"], {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  await display.answer(code());
  await eventually(() => fake.requests.counts()["GetSessionToken"] === 1, "the code at AWS");
  caller.kill("SIGKILL");
  caller.stdout?.destroy();
  await eventually(
    () => processesOf(home).every(({ command }) => !/aws-as.* process my-role1/.test(command)),
    "its end",
  );
  const after = await alone("aws-as", ["process", "my-role1"], { AWS_AS_PROMPT: "none" });
  assert.equal(after.status, 0, after.stderr);
  assert.equal(fake.requests.counts()["GetSessionToken"], 1);
});

const skip = withoutPty();

test("a background job asks in a window and is never stopped", { skip }, async (t) => {
  const desk = await deskWithDisplay(t);
  if (!desk) return;
  const { terminal, display, code } = desk;
  const shell = await terminal("bash");
  await shell.run("aws-as process my-role1 > out &");
  await display.answer(code());
  const waited = await shell.run("wait; jobs");
  assert.doesNotMatch(waited, /stopped/i);
  assert.match(await shell.run("cat out"), /"Version":1/);
});

test("Ctrl-C closes the window that a person wanted, and the next one may ask", { skip }, async (t) => {
  const desk = await deskWithDisplay(t, "zenity");
  if (!desk) return;
  const { terminal, display, code } = desk;
  const shell = await terminal("bash");
  const before = await shell.run("stty -a");
  shell.type("aws-as login my-role1\r");
  await eventually(() => display.windows().length > 0, "a window");
  shell.press("ctrl-c");
  await shell.waitForPrompt();
  assert.equal((await shell.run("echo status $?")).trim(), "status 130");
  await eventually(() => display.windows().length === 0, "the end of the window");
  assert.equal(await shell.run("stty -a"), before);
  shell.type("aws-as login my-role1\r");
  await display.answer(code());
  assert.match(await shell.waitForPrompt(), /is good for/);
});

for (const program of ["pinentry-curses", "pinentry-tty", "pinentry-gtk-2"]) {
  test(`${program}: where it would draw on our terminal, we ask there ourselves`, { skip }, async (t) => {
    if (!installed(program, t)) return;
    const { fake, home, terminal } = await makeDesk(t);
    const shell = await terminal("bash", { AWS_AS_PROMPT: "pinentry", AWS_AS_PINENTRY: program });
    const before = await shell.run("stty -a");
    shell.type("aws-as login my-role1\r");
    await shell.waitFor("MFA code for my-user1");
    assert.ok(processesOf(home).every(({ command }) => !command.endsWith(program)));
    shell.type(`${wrong(fake.code(one.mfaSerial))}\r`);
    await shell.waitFor("refused");
    shell.type(`${fake.code(one.mfaSerial)}\r`);
    await shell.waitFor("is good for");
    await shell.waitForPrompt();
    assert.equal(await shell.run("stty -a"), before);
    assert.deepEqual(fake.requests.counts(), { GetSessionToken: 2, AssumeRole: 1 });
  });
}
